-- Up Migration

-- A visit of Altegio's as far as it concerns an account: the client's, and whosever card paid in it. The row is there
-- before its workflow has begun, so that no later event is taken for one of a visit that nobody follows.
create table visit (
  location_id bigint not null references location,
  visit_id bigint not null,
  account_id text not null references account,
  chain_id bigint not null references chain,
  -- One of its records, through which Altegio shows the rest.
  record_id bigint not null,
  first_seen_at timestamptz not null default now(),
  -- What Altegio showed last; null before the first read. Ids, amounts and times only.
  facts jsonb,
  read_at timestamptz,
  happened_at timestamptz,
  -- Payments that were ever seen, also those that are gone.
  payment_ids bigint[] not null default '{}',
  state text not null default 'open' check (state in ('open', 'settled', 'unpaid', 'deleted')),
  attendance text check (attendance in ('confirmed', 'arrived', 'waiting', 'no_show')),
  paid_in_full boolean not null default false,
  order_violation boolean not null default false,
  -- Minor units: sold = discount + bonus + paid + due.
  sold bigint not null default 0,
  discount bigint not null default 0,
  bonus bigint not null default 0,
  due bigint not null default 0,
  paid bigint not null default 0,
  -- By method, decimal texts.
  paid_by jsonb not null default '{}',
  -- What has been posted for it to this account, minor units; the rate and the program's version it was posted under.
  program_version integer,
  percent text,
  redeemed bigint not null default 0 check (redeemed >= 0),
  accrued bigint not null default 0 check (accrued >= 0),
  uncollected bigint not null default 0 check (uncollected >= 0),
  spent bigint not null default 0 check (spent >= 0),
  settled_at timestamptz,
  primary key (location_id, visit_id, account_id),
  constraint visit_adds_up check (sold = discount + bonus + paid + due)
);
create index visit_chain on visit (chain_id, visit_id);
create index visit_account on visit (account_id, first_seen_at desc);
create index visit_since on visit (first_seen_at desc, location_id, visit_id, account_id);

-- The operation that named a withdrawal in a visit the redemption of that visit, once.
alter table altegio_line add column relabelled_by text references operation;
create index altegio_line_visit on altegio_line (chain_id, visit_id) where visit_id <> 0;

alter table operation drop constraint operation_kind_check;
alter table operation add constraint operation_kind_check
  check (kind in ('payment', 'refund', 'visit', 'reconciliation', 'adjustment', 'card_issue'));

-- An accrual of a visit can wait for a person too: a till payment may have earned for the same money.
alter table review alter column payment_id drop not null;
alter table review add column visit_id bigint;
alter table review add constraint review_is_of_a_sale check ((payment_id is null) <> (visit_id is null));
