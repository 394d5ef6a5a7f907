-- Up Migration

-- A group of customers of a chain. Each customer is in exactly one; a chain has one for those nobody has put anywhere.
create table customer_type (
  id text primary key,
  chain_id bigint not null references chain,
  name text not null,
  is_default boolean not null default false,
  created_at timestamptz not null default now(),
  unique (chain_id, id)
);
create unique index customer_type_name on customer_type (chain_id, lower(name));
create unique index customer_type_default on customer_type (chain_id) where is_default;

create function add_default_type() returns trigger language plpgsql as $$
begin
  insert into customer_type (id, chain_id, name, is_default)
  values ('typ_' || left(replace(gen_random_uuid()::text, '-', ''), 26), new.id, 'Standard', true);
  return null;
end $$;
create trigger chain_has_a_type after insert on chain for each row execute function add_default_type();
insert into customer_type (id, chain_id, name, is_default)
select 'typ_' || left(replace(gen_random_uuid()::text, '-', ''), 26), id, 'Standard', true from chain;

-- The numbers of a program: all that begin with the prefix. No prefix of a chain begins with another.
create table card_range (
  program_id text primary key references program,
  chain_id bigint not null references chain,
  prefix text not null check (prefix ~ '^[0-9A-Z]{1,8}$'),
  characters text not null check (characters in ('digits', 'alphanumeric')),
  length integer not null check (length between 8 and 37),
  created_at timestamptz not null default now()
);

-- Cards made together, to be printed.
create table card_batch (
  id text primary key,
  chain_id bigint not null references chain,
  program_id text not null references program,
  count integer not null check (count between 1 and 10000),
  actor text not null,
  created_at timestamptz not null default now()
);

-- A printed card has a number and nobody yet; whoever has no phone has no second book, because Altegio
-- keeps cards by phone.
alter table account alter column phone drop not null;
alter table account
  add column email text,
  add column consent_at timestamptz,
  add column type_id text,
  add column batch_id text references card_batch,
  -- Somebody asked for this customer, at a till or here: Altegio may be told of a client it does not know.
  add column enrolled boolean not null default false,
  add constraint account_can_be_named check (phone is not null or card_number is not null);
update account set type_id = t.id from customer_type t where t.chain_id = account.chain_id and t.is_default;
alter table account alter column type_id set not null;
alter table account add foreign key (chain_id, type_id) references customer_type (chain_id, id);
-- Whether Altegio keeps a second book of an account: its program does, and the customer has a phone.
create function second_book(a account) returns boolean language sql stable as $$
  select a.phone is not null and exists (select 1 from program p where p.id = a.program_id and p.provider = 'altegio')
$$;
create index account_type on account (type_id);
create index account_batch on account (batch_id) where batch_id is not null;
-- The quick find of a till.
create index account_card_last4 on account (chain_id, right(card_number, 4));
create index account_phone_last4 on account (chain_id, right(phone, 4));

create function choose_default_type() returns trigger language plpgsql as $$
begin
  new.type_id := (select id from customer_type where chain_id = new.chain_id and is_default);
  return new;
end $$;
create trigger account_has_a_type before insert on account
  for each row when (new.type_id is null) execute function choose_default_type();

-- Who changed what about a customer. Never rewritten; erasing a person deletes it.
create table customer_change (
  id bigint generated always as identity primary key,
  account_id text not null references account,
  at timestamptz not null default now(),
  actor text not null,
  field text not null check (field in ('name', 'phone', 'email', 'consent', 'cardCode', 'type', 'status')),
  before text,
  after text
);
create index customer_change_account on customer_change (account_id, id);
create trigger customer_change_stays before update on customer_change
  for each row execute function refuse_change();
