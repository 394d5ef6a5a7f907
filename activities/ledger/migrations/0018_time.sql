-- Up Migration

-- What a birthday gift goes by, who brought the customer, and the level of the last night.
alter table account
  add column birth_date date,
  add column referred_by text references account check (referred_by <> id),
  add column level text,
  add column level_since timestamptz;
create index account_birthday on account
  (program_id, ((extract(month from birth_date) * 100 + extract(day from birth_date))::int), id)
  where birth_date is not null;
create index account_program on account (program_id, id);

alter table customer_change drop constraint customer_change_field_check;
alter table customer_change add constraint customer_change_field_check
  check (field in ('name', 'phone', 'email', 'consent', 'cardCode', 'type', 'status', 'birthDate', 'referredBy'));

-- Points of a customer that end together when nothing was bought for so many days; null keeps a date of its own.
alter table lot add column quiet_days integer check (quiet_days > 0);
create index lot_ends on lot (account_id, expires_at) where state = 'active' and remaining > 0 and expires_at is not null;
create index lot_begins on lot (account_id, activates_at)
  where state = 'pending' and remaining > 0 and activates_at is not null;

-- One local day of a program: what became active, who has another level, what ended. A date is worked on once.
create table night (
  program_id text not null references program,
  date date not null,
  -- The moment the day began; what is due by then is done.
  as_of timestamptz not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  -- Accounts, and points in minor units.
  gifts bigint not null default 0,
  activated_accounts bigint not null default 0,
  activated bigint not null default 0,
  levels bigint not null default 0,
  expired_accounts bigint not null default 0,
  expired bigint not null default 0,
  primary key (program_id, date)
);

-- Accounts that a night moved and whose card does not hold it yet. Told to Altegio within the call budget, oldest first.
create table mirror_wait (
  account_id text primary key references account,
  chain_id bigint not null references chain,
  since timestamptz not null default now(),
  told_at timestamptz
);
create index mirror_wait_next on mirror_wait (chain_id, since, account_id);

-- Gifts of points, each given once: a welcome, one birthday a year, both sides of a referral. Terms are those of the
-- version under which it became due.
create table gift (
  account_id text not null references account,
  kind text not null check (kind in ('welcome', 'birthday', 'referrer', 'referred')),
  -- The year of a birthday, the other side of a referral.
  occasion text not null,
  program_version integer not null,
  due_on date not null default current_date,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  posted_at timestamptz,
  -- Null while it is due, and where the version gave nothing.
  amount bigint,
  primary key (account_id, kind, occasion)
);
create index gift_due on gift (created_at) where posted_at is null;

-- Every way in which a customer is met makes a row here; a printed card is met when it gets a phone.
create function welcome_customer() returns trigger language plpgsql as $$
begin
  insert into gift (account_id, kind, occasion, program_version)
  select new.id, 'welcome', 'first', v.version
    from (select version, settings from program_version where program_id = new.program_id order by version desc limit 1) v
   where v.settings -> 'welcome' is not null
  on conflict do nothing;
  return null;
end $$;
create trigger account_is_welcomed after insert on account
  for each row when (new.phone is not null) execute function welcome_customer();
create trigger card_is_welcomed after update of phone on account
  for each row when (old.phone is null and new.phone is not null) execute function welcome_customer();

alter table operation drop constraint operation_kind_check;
alter table operation add constraint operation_kind_check
  check (kind in ('payment', 'refund', 'visit', 'reconciliation', 'adjustment', 'card_issue', 'gift', 'activation', 'expiry'));
