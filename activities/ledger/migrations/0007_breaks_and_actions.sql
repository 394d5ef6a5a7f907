-- Up Migration

-- An operator let Altegio give way to the ledger: this much of the drift was taken back, once.
alter table drift add column taken_back_at timestamptz;

-- The operation that posted the other reading of an ambiguous claim, and with that closed the break.
alter table break add column resolved_by text references operation;
create index break_since on break (since desc, id desc);

create index operator_action_account on operator_action (account_id, asked_at desc);
create index operator_action_operation on operator_action (operation) where operation is not null;
