-- Up Migration

-- The altegio card: our last proven knowledge of the other book.
create table altegio_card (
  card_id bigint primary key,
  chain_id bigint not null references chain,
  account_id text not null references account,
  type_id bigint not null,
  number text not null,
  -- Calls that need a location go through this one.
  location_id bigint not null references location,
  role text not null default 'current' check (role in ('current', 'replaced')),
  state text not null default 'linked' check (state in ('linked', 'missing')),
  confirmed bigint not null,
  confirmed_at timestamptz not null,
  -- Grows whenever this row or its open write changes; a read counts only if it did not.
  version bigint not null default 0,
  -- Drift adopted and not yet named by journal lines.
  unexplained bigint not null default 0,
  unexplained_since timestamptz,
  unexplained_reads integer not null default 0,
  -- Drift whose explanation was given up.
  unknown bigint not null default 0,
  -- The balance on which the same write was refused before; a second refusal needs a person.
  refused_balance bigint,
  -- The chain's newest line when the card was adopted: older ones, read later, belong to its opening balance.
  opening_line_id bigint not null default 0,
  created_at timestamptz not null default now()
);
create unique index altegio_card_current on altegio_card (account_id) where role = 'current';

create table altegio_write (
  id bigint generated always as identity primary key,
  card_id bigint not null references altegio_card,
  chain_id bigint not null,
  kind text not null default 'manual' check (kind in ('manual', 'visit')),
  amount bigint not null check (amount <> 0),
  baseline bigint not null,
  -- The account's transfers up to this one are what the write nets; the next write begins after the last that took effect.
  transfers_up_to bigint not null,
  operations text[] not null,
  title text not null,
  state text not null default 'in_flight' check (state in ('in_flight', 'in_doubt', 'confirmed', 'refused', 'given_up')),
  created_at timestamptz not null default now(),
  -- Until then the sender may still be waiting for its answer.
  deadline timestamptz not null,
  -- From then on Altegio is believed to have decided.
  window_until timestamptz not null,
  settled_at timestamptz,
  answered_balance bigint,
  reason text,
  -- A write given up is forgotten when a complete journal that began two minutes after its window does not show it.
  forgotten_at timestamptz,
  line_id bigint
);
-- One write at a time.
create unique index altegio_write_open on altegio_write (card_id) where state in ('in_flight', 'in_doubt');
create index altegio_write_unclaimed on altegio_write (card_id) where line_id is null and state in ('confirmed', 'given_up');

-- The chain's journal as a set, never a high-water mark. Amounts are signed as they move the card.
create table altegio_line (
  chain_id bigint not null,
  line_id bigint not null,
  card_id bigint not null,
  type_id integer not null,
  amount bigint not null,
  visit_id bigint not null default 0,
  record_id bigint not null default 0,
  first_seen_at timestamptz not null default now(),
  claim text check (claim in ('opening', 'write', 'doubt', 'twin', 'external')),
  claimed_at timestamptz,
  write_id bigint references altegio_write,
  drift_id bigint references drift,
  cause text,
  ambiguous boolean not null default false,
  primary key (chain_id, line_id)
);
create index altegio_line_unclaimed on altegio_line (card_id) where claim is null;
create index altegio_line_drift on altegio_line (drift_id) where drift_id is not null;

-- The journal is fetched once a chain, however many cards wait for it.
create table altegio_journal (
  chain_id bigint primary key references chain,
  -- A fetch is under way since then; taken over when it is older than a fetch can last.
  running_since timestamptz,
  -- When the last complete fetch began: it shows every line that Altegio showed then.
  last_started_at timestamptz
);

-- One attempt to issue a card at a time; the number is ours, so a lost answer can be recognised.
create table altegio_issue (
  account_id text primary key references account,
  number text not null,
  state text not null check (state in ('in_flight', 'in_doubt', 'issued', 'refused')),
  reason text,
  deadline timestamptz not null,
  updated_at timestamptz not null default now()
);

-- What Altegio told us. Stored before the 2xx; worked on afterwards.
create table inbox (
  id bigint generated always as identity primary key,
  location_id bigint not null references location,
  chain_id bigint not null references chain,
  resource text not null,
  resource_id text not null,
  status text not null,
  body jsonb not null,
  body_hash bytea not null,
  state text not null default 'received' check (state in ('received', 'resolved', 'started', 'repeat', 'ignored')),
  account_id text references account,
  note text,
  received_at timestamptz not null default now(),
  started_at timestamptz
);
create index inbox_open on inbox (id) where state in ('received', 'resolved');
create index inbox_repeat on inbox (location_id, body_hash);

-- Why a drift happened, as far as journal lines say.
create view drift_cause as
  select drift.id as drift_id,
         coalesce(array_agg(distinct line.cause) filter (where line.cause is not null), '{}')
           || case when drift.explained_at is null and drift.unknown_at is not null then array['unknown'] else '{}' end
           as causes
    from drift left join altegio_line line on line.drift_id = drift.id
   group by drift.id;
