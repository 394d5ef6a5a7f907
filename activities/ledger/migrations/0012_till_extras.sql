-- Up Migration

-- What a receipt says above its lines; Altegio tells it when the location is connected.
alter table location add column address text;

-- When the sale was made, which for an offline till is not when we heard of it. Days are closed by it.
alter table payment add column happened_at timestamptz not null default now();
update payment set happened_at = coalesce((request->>'occurredAt')::timestamptz, created_at);
create index payment_closing on payment (location_id, happened_at desc, id desc);
-- What the limits a day count, for a card and for a cashier.
create index payment_by_card on payment (account_id, happened_at);
create index payment_by_operator on payment (location_id, (request->>'operator'), happened_at)
  where request->>'operator' is not null;

-- A kind of till program. It takes points in one way, and all its keys with it.
create table till_model (
  name text primary key,
  as_kind text not null check (as_kind in ('tender', 'discount')),
  created_at timestamptz not null default now()
);
alter table api_key add column model text references till_model;

-- An accrual over a limit waits as a pending lot without a date until a person decides.
create table review (
  id text primary key,
  chain_id bigint not null references chain,
  location_id bigint not null references location,
  account_id text not null references account,
  payment_id text not null unique references payment,
  operator text,
  lot_id bigint not null references lot,
  amount bigint not null check (amount > 0),
  limits jsonb not null,
  -- When the points would have become active by the program's rules; null is at once.
  activates_at timestamptz,
  since timestamptz not null default now(),
  state text not null default 'open' check (state in ('open', 'approved', 'refused')),
  decided_at timestamptz,
  decided_by text,
  reason text,
  operation text references operation
);
create index review_since on review (since desc, id desc);

-- Sales that tills made offline, kept before the till is answered. Each becomes one payment, in the till's own order.
create table offline_sale (
  location_id bigint not null references location,
  receipt text not null,
  terminal text not null,
  offline_seq bigint not null check (offline_seq >= 0),
  -- The request as understood; what identifies it when the same receipt comes again.
  request jsonb not null,
  body_hash bytea not null,
  state text not null default 'waiting' check (state in ('waiting', 'done')),
  payment_id text references payment,
  problem jsonb,
  kept_at timestamptz not null default now(),
  settled_at timestamptz,
  primary key (location_id, receipt)
);
create index offline_sale_waiting on offline_sale (location_id, terminal, offline_seq) where state = 'waiting';
