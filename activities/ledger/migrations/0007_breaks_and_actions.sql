-- Up Migration

-- Why points moved to or from the other book where no line of its journal can say it: an operator decided so.
alter table drift add column cause text;

create or replace view drift_cause as
  select drift.id as drift_id,
         coalesce(array_agg(distinct line.cause) filter (where line.cause is not null), '{}')
           || case when drift.cause is null then '{}' else array[drift.cause] end
           || case when drift.explained_at is null and drift.unknown_at is not null then array['unknown'] else '{}' end
           as causes
    from drift left join altegio_line line on line.drift_id = drift.id
   group by drift.id;

-- The operation that posted the other reading of an ambiguous claim, and with that closed the break.
alter table break add column resolved_by text references operation;
create index break_since on break (since desc, id desc);

create index operator_action_account on operator_action (account_id, asked_at desc);
create index operator_action_operation on operator_action (operation) where operation is not null;
