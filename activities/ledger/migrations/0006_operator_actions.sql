-- Up Migration

-- What people asked for, and why. The reason is free text and may name a person, so it stays here and never enters Temporal
-- by our door (an operator who types one in the Temporal UI has put it there).
create table operator_action (
  id text primary key,
  action text not null,
  -- What it was done to: a workflow, an operation, a break, a chain, the token.
  subject text not null,
  chain_id bigint,
  account_id text references account,
  operation text references operation,
  reason text not null check (reason <> ''),
  actor text not null,
  asked_at timestamptz not null default now(),
  -- When it took effect; null while the workflow it was sent to has not come to it.
  applied_at timestamptz,
  -- What it did, for the audit: amounts as decimal texts, ids of transfers.
  outcome jsonb
);
create index operator_action_asked on operator_action (asked_at desc, id);
create index operator_action_subject on operator_action (subject);
create trigger operator_action_stays before delete on operator_action
  for each row execute function refuse_change();
