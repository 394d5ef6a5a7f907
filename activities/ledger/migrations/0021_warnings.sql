-- Up Migration

-- What a night warned of: points that will end, as its forecast said then. Whoever sends messages takes them from here.
create table expiry_warning (
  id bigint generated always as identity primary key,
  program_id text not null references program,
  account_id text not null references account,
  -- The local day in whose night the points end, and how many days before the program warns of it.
  ends_on date not null,
  days_before integer not null check (days_before > 0),
  -- In minor units.
  amount bigint not null check (amount > 0),
  -- The night that noted it.
  date date not null check (date < ends_on),
  noted_at timestamptz not null default now(),
  unique (account_id, ends_on, days_before)
);
create index expiry_warning_date on expiry_warning (date, id);

alter table night add column warnings bigint not null default 0;
