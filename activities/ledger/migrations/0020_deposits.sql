-- Up Migration

-- Customers' money that the salon keeps in advance: a ledger of its own in the currency of the program, never mixed with
-- points. Amounts are minor units. Balances are kept under the row's lock; nothing of it is written to Altegio.
create table deposit (
  account_id text primary key references account,
  chain_id bigint not null references chain,
  currency text not null,
  balance bigint not null default 0 check (balance >= 0),
  -- Reserved by payments that are not captured.
  held bigint not null default 0 check (held >= 0),
  -- The last link of its chain of transfers, and how many there are.
  transfers bigint not null default 0,
  hash bytea not null default decode(repeat('00', 32), 'hex'),
  created_at timestamptz not null default now(),
  constraint deposit_held_within check (held <= balance)
);
create index deposit_chain on deposit (chain_id);

-- Money that a till or an operator puts in or hands back. Its row says PENDING before anything happens.
create table deposit_order (
  id text primary key,
  chain_id bigint not null references chain,
  location_id bigint not null references location,
  -- The caller's own number of it, unique in the location for ever, like a receipt's.
  reference text not null,
  attempt integer not null check (attempt > 0),
  account_id text not null references account,
  kind text not null check (kind in ('top_up', 'pay_out')),
  amount bigint not null check (amount > 0),
  tender text not null check (tender in ('cash', 'card', 'transfer', 'other')),
  terminal text,
  operator text,
  actor text not null,
  reason text,
  workflow_id text not null unique,
  state text not null default 'PENDING' check (state in ('PENDING', 'DONE', 'DECLINED', 'ABANDONED')),
  -- Text as it was sent, key by key.
  answer json,
  declined jsonb,
  answer_by timestamptz not null,
  happened_at timestamptz not null,
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  unique (location_id, reference, attempt)
);
create unique index deposit_order_taken on deposit_order (location_id, reference) where state in ('PENDING', 'DONE');

-- The book, append-only like the bonus ledger and chained in the same way, each deposit for itself.
create table deposit_transfer (
  id bigint generated always as identity primary key,
  chain_id bigint not null references chain,
  location_id bigint not null references location,
  -- The workflow that posted it.
  operation text not null,
  seq integer not null,
  account_id text not null references deposit,
  debit_account text not null,
  credit_account text not null,
  amount bigint not null check (amount > 0),
  code text not null check (code in ('top_up', 'pay_out', 'payment', 'refund')),
  tender text check (tender in ('cash', 'card', 'transfer', 'other')),
  -- What it paid, which may be another customer's sale.
  payment_id text references payment,
  actor text not null,
  reason text,
  happened_at timestamptz not null default now(),
  learned_at timestamptz not null default now(),
  prev_hash bytea not null,
  hash bytea not null,
  check (debit_account <> credit_account),
  check ((code in ('top_up', 'pay_out')) = (tender is not null)),
  check ((code in ('payment', 'refund')) = (payment_id is not null)),
  unique (chain_id, operation, seq)
);
create index deposit_transfer_account on deposit_transfer (account_id, id);
create index deposit_transfer_payment on deposit_transfer (payment_id) where payment_id is not null;
create index deposit_transfer_day on deposit_transfer (chain_id, learned_at);
create trigger deposit_transfer_append_only before update or delete on deposit_transfer
  for each row execute function refuse_change();
create trigger deposit_transfer_no_truncate before truncate on deposit_transfer
  for each statement execute function refuse_change();

-- All columns but the hashes; the verifier has the same list in its own language. A new column belongs into both.
create function deposit_transfer_text(t deposit_transfer) returns text language sql stable as $$
  select 'bonus.deposit.1'
      || proof_field(t.id::text) || proof_field(t.chain_id::text) || proof_field(t.location_id::text)
      || proof_field(t.operation) || proof_field(t.seq::text) || proof_field(t.account_id)
      || proof_field(t.debit_account) || proof_field(t.credit_account) || proof_field(t.amount::text)
      || proof_field(t.code) || proof_field(t.tender) || proof_field(t.payment_id) || proof_field(t.actor)
      || proof_field(t.reason) || proof_field(proof_time(t.happened_at)) || proof_field(proof_time(t.learned_at))
$$;
create function chain_deposit_transfer() returns trigger language plpgsql as $$
begin
  -- Whoever posts holds this lock already; a row written by hand must take it, or two could follow the same one.
  select hash into strict new.prev_hash from deposit where account_id = new.account_id for no key update;
  new.hash := sha256(new.prev_hash || convert_to(deposit_transfer_text(new), 'UTF8'));
  update deposit set hash = new.hash, transfers = transfers + 1 where account_id = new.account_id;
  return new;
end $$;
create trigger deposit_transfer_chained before insert on deposit_transfer
  for each row execute function chain_deposit_transfer();

-- Money reserved for a payment that is not captured, by deposit.
create table deposit_hold (
  payment_id text not null references payment,
  account_id text not null references deposit,
  amount bigint not null check (amount > 0),
  state text not null default 'open' check (state in ('open', 'captured', 'released', 'expired')),
  created_at timestamptz not null default now(),
  closed_at timestamptz,
  primary key (payment_id, account_id)
);
create index deposit_hold_open on deposit_hold (account_id) where state = 'open';

-- Whose deposit pays when the customer's own does not suffice: a parent's for a child. Links that are over stay, with who
-- made and who ended them.
create table deposit_payer (
  id bigint generated always as identity primary key,
  chain_id bigint not null references chain,
  account_id text not null references account,
  payer_id text not null references account,
  linked_at timestamptz not null default now(),
  linked_by text not null,
  link_reason text not null,
  unlinked_at timestamptz,
  unlinked_by text,
  unlink_reason text,
  check (account_id <> payer_id),
  check ((unlinked_at is null) = (unlinked_by is null) and (unlinked_at is null) = (unlink_reason is null))
);
create unique index deposit_payer_now on deposit_payer (account_id) where unlinked_at is null;
create index deposit_payer_of on deposit_payer (payer_id);
create trigger deposit_payer_stays before delete on deposit_payer for each row execute function refuse_change();
create trigger deposit_payer_ended before update on deposit_payer
  for each row when (old.unlinked_at is not null or old.account_id <> new.account_id or old.payer_id <> new.payer_id)
  execute function refuse_change();

-- Of a refund: the money by the kind it was paid in. Refunds from before do not say.
alter table payment_step add column by_tender jsonb;
