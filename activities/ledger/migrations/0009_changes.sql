-- Up Migration

-- Who told us: a webhook, or the catch-up that found what no webhook had told. `changed_at` is Altegio's own stamp of the
-- change: with the thing's id it tells whether a change is known.
alter table inbox add column source text not null default 'webhook' check (source in ('webhook', 'catch_up'));
alter table inbox add column changed_at timestamptz;
create index inbox_told on inbox (location_id, resource, resource_id, changed_at);

-- Everything that changed before this moment of our clock is in the inbox.
alter table location add column caught_up_to timestamptz;

-- The rolling sweep tried this card then; one that cannot be read must not hold up those behind it.
alter table altegio_card add column swept_at timestamptz;
-- Fetches of the journal that began up to then do not count towards the bound on waiting for an explanation.
alter table altegio_card add column counted_until timestamptz;
create index altegio_card_proven on altegio_card (chain_id, confirmed_at) where role = 'current' and state = 'linked';

-- The start of the last complete fetch that did not show the line.
alter table altegio_line add column not_before timestamptz;
-- The line is of this day or a later one: the first day of the latest fetch that showed it.
alter table altegio_line add column seen_from date;
-- Complete fetches in a row that should have shown the line and did not.
alter table altegio_line add column missed integer not null default 0;
-- A cancelled movement is kept as a line of its own: the same id negated, the amount the other way.

-- How a drift was found, what the reading said, and when both books were equal again.
alter table drift
  add column way text check (way in ('event', 'journal', 'catch_up', 'sweep', 'till', 'operator', 'write')),
  add column expected bigint,
  add column balance bigint,
  -- A moment that proves that the change was not there yet.
  add column not_before timestamptz,
  add column equal_at timestamptz,
  -- Lines of our own late writes whose effect had been adopted before: this drift gives it back.
  add column gives_back bigint[] not null default '{}';
create index drift_unequal on drift (account_id) where equal_at is null;
create index drift_found on drift (found_at desc, id desc);

-- The lines that make up a drift, each with the part of the amount that it explains.
create view drift_part as
  select line.drift_id, line.chain_id, line.line_id, line.type_id, line.amount, coalesce(line.cause, 'unknown') as cause,
         line.first_seen_at, line.not_before
    from altegio_line line where line.drift_id is not null
  union all
  select drift.id, line.chain_id, line.line_id, line.type_id, -line.amount, coalesce(line.cause, 'unknown'),
         line.first_seen_at, line.not_before
    from drift
    join account on account.id = drift.account_id
    join altegio_line line on line.chain_id = account.chain_id and line.line_id = any (drift.gives_back)
   where drift.gives_back <> '{}';

-- Why a drift happened: what its lines say, and `unknown` when waiting for them was given up or none came.
drop view drift_cause;
create view drift_cause as
  select drift.id as drift_id,
         coalesce(array_agg(distinct part.cause order by part.cause) filter (where part.cause is not null), '{}')
           || case when drift.explained_at is null and drift.unknown_at is not null
                     or drift.explained_at is not null and count(part.line_id) = 0
                   then array['unknown'] else '{}' end
           as causes
    from drift left join drift_part part on part.drift_id = drift.id
   group by drift.id;
create index altegio_line_seen on altegio_line (chain_id, seen_from);
