-- Up Migration

-- What an operator asked for. The reason is free text and may name a person, so it stays here and never enters Temporal.
create table adjustment (
  workflow_id text primary key,
  account_id text not null references account,
  amount bigint not null check (amount <> 0),
  reason text not null,
  actor text not null,
  created_at timestamptz not null default now()
);
