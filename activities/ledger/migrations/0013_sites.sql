-- Up Migration

-- Who keeps the second book of a location: Altegio, nobody because the ledger is the only book, or no loyalty at all.
alter table location
  add column provider text not null default 'altegio' check (provider in ('altegio', 'own', 'none')),
  -- A location that was made without Altegio has no webhook there.
  alter column webhook_token drop not null;

-- A program is valid where the location's provider is its own. Without a card type there is no second book to write to.
alter table program
  add column provider text not null default 'altegio' check (provider in ('altegio', 'own')),
  alter column card_type_id drop not null,
  add constraint program_second_book check (provider = 'own' or card_type_id is not null);

-- Ids of locations that Altegio does not know: far above any of its own, and still exact as a JSON number.
create sequence own_location_id start 9000000000001;

-- A card is set aside while its program has no second book, and taken up again where it was left.
alter table altegio_card
  drop constraint altegio_card_role_check,
  add constraint altegio_card_role_check check (role in ('current', 'replaced', 'set_aside'));
create unique index altegio_card_set_aside on altegio_card (account_id) where role = 'set_aside';

-- A key may open one program only; one that is being rotated out ends by itself.
alter table api_key
  add column program_id text references program,
  add column valid_until timestamptz,
  add column replaced_by text references api_key;

-- When a terminal last said that it is there.
create table terminal (
  location_id bigint not null references location,
  name text not null,
  key_id text not null references api_key,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (location_id, name)
);

-- Processes say that they live; the status page tells from it which roles do.
create table process_beat (
  id text primary key,
  role text not null check (role in ('api', 'worker')),
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
create index process_beat_role on process_beat (role, seen_at);
