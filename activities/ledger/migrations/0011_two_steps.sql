-- Up Migration

-- A payment in two steps: until when its points are reserved, what was captured where that is less than what was asked, and
-- how much of the bill went back.
alter table payment
  add column expires_at timestamptz,
  add column captured_total bigint check (captured_total > 0 and captured_total <= total),
  -- Lines, money and tip as they were captured, where the capture named others than the payment.
  add column captured jsonb,
  add column refunded bigint not null default 0 check (refunded >= 0 and refunded <= coalesce(captured_total, total));
create index payment_authorized on payment (expires_at) where state = 'AUTHORIZED';

-- Numbers out of the sequence of transfers: under the account's lock both kinds of movement stand in one order, and a write
-- to Altegio nets holds like transfers. Null where points were reserved and taken in one transaction.
alter table hold
  add column opened_id bigint,
  add column closed_id bigint;
-- The payment says until when, also where it reserves nothing.
alter table hold drop column expires_at;
create index hold_account on hold (account_id) where opened_id is not null;

-- What holds do to Altegio's target, beside transfers and numbered with them.
create view hold_move as
  select hold.account_id, payment.workflow_id as operation, hold.opened_id as id, -hold.amount as amount, hold.created_at as at
    from hold join payment on payment.id = hold.payment_id where hold.opened_id is not null
  union all
  select hold.account_id, payment.workflow_id, hold.closed_id, hold.amount, hold.closed_at
    from hold join payment on payment.id = hold.payment_id where hold.opened_id is not null and hold.closed_id is not null;

-- A further step of a payment: a row that says PENDING is committed first, the decision is one transaction made while it
-- does, and the till's answer is the row.
create table payment_step (
  id text primary key,
  payment_id text not null references payment,
  location_id bigint not null references location,
  kind text not null check (kind in ('capture', 'void', 'refund')),
  -- The caller's name of a refund.
  ref text,
  attempt integer not null default 1 check (attempt > 0),
  -- Which workflow decides it: the payment's own, or the refund's.
  workflow_id text not null,
  -- As it was understood, amounts as decimal texts.
  request jsonb not null,
  state text not null default 'PENDING' check (state in ('PENDING', 'DONE', 'DECLINED', 'ABANDONED', 'UNDONE')),
  -- Text as it was sent, key by key.
  answer json,
  declined jsonb,
  answer_by timestamptz not null,
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  -- Of a refund, in minor units: its part of the bill, the points and the money in it, the money on lines that earn, what
  -- it takes of the accrual by rule, and what was really taken back.
  amount bigint,
  points bigint,
  money bigint,
  earning_money bigint,
  clawback bigint,
  clawed_back bigint,
  -- Parts of lines by their id, where it names lines.
  by_line jsonb,
  check ((kind = 'refund') = (ref is not null)),
  check (amount = points + money and earning_money <= money and clawed_back <= clawback)
);
-- One step at a time: a capture and a void exclude each other.
create unique index payment_step_under_way on payment_step (payment_id) where state = 'PENDING' and kind <> 'refund';
create unique index payment_step_ref on payment_step (payment_id, ref) where state in ('PENDING', 'DONE', 'UNDONE') and kind = 'refund';
create unique index payment_step_workflow on payment_step (workflow_id) where kind = 'refund';
create index payment_step_payment on payment_step (payment_id, created_at);

-- The receipt that an operation belongs to.
create view operation_receipt as
  select workflow_id, receipt from payment
  union all
  select step.workflow_id, payment.receipt from payment_step step join payment on payment.id = step.payment_id
   where step.kind = 'refund';

alter table idempotency_key add column step_id text;

alter table operation drop constraint operation_kind_check;
alter table operation add constraint operation_kind_check
  check (kind in ('payment', 'refund', 'reconciliation', 'adjustment', 'card_issue'));
