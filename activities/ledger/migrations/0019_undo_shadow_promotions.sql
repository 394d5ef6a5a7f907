-- Up Migration

-- An adjustment that undoes a whole operation names it; the points it gives and those it takes may be equally many.
alter table adjustment
  add column undoes text references operation,
  drop constraint adjustment_amount_check,
  add constraint adjustment_moves check (amount <> 0 or undoes is not null);
create index adjustment_undoes on adjustment (undoes) where undoes is not null;

-- Altegio's own promotions: whether an operator has confirmed that the card type's own expiry is off, which no call tells.
alter table program
  add column expiry_off_at timestamptz,
  add column expiry_off_by text;

-- A cashback promotion that was attached to a linked card type later: Altegio accrues beside us for as long as it is there.
create table promotion_seen (
  chain_id bigint not null references chain,
  promotion_id bigint not null,
  card_type_id bigint not null,
  title text not null,
  type text not null,
  seen_at timestamptz not null default now(),
  gone_at timestamptz,
  primary key (chain_id, promotion_id, card_type_id)
);
-- Lines of Altegio's own accrual and expiry that an alert has told of.
alter table altegio_line add column alerted_at timestamptz;
create index altegio_line_native on altegio_line (chain_id) where type_id in (2, 7) and claim = 'external' and alerted_at is null;

-- A program in shadow computes what it would post and posts nothing; Altegio is only read.
alter table program
  add column shadow_since timestamptz;
-- What the payment would have earned, minor units; null where its program was not in shadow.
alter table payment add column shadow_accrued bigint check (shadow_accrued >= 0);
create index payment_shadow on payment (program_id, happened_at) where shadow_accrued is not null;
-- The same of a visit, beyond what its payments would have earned.
alter table visit add column shadow_accrued bigint check (shadow_accrued >= 0);
-- Which altegio card a customer of a program in shadow has, found by reads: it is not mirrored.
create table shadow_card (
  account_id text primary key references account,
  -- Null: Altegio showed none.
  card_id bigint,
  read_at timestamptz not null default now()
);
create index shadow_card_card on shadow_card (card_id);

-- In shadow there is no second book: nothing is adopted from it, and nothing written to it.
create or replace function second_book(a account) returns boolean language sql stable as $$
  select a.phone is not null
     and exists (select 1 from program p where p.id = a.program_id and p.provider = 'altegio' and p.shadow_since is null)
$$;
