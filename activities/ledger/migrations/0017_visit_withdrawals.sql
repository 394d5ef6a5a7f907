-- Up Migration

-- A sale that is part of a visit in Altegio. Since points were asked for there, only what became of that decides it.
alter table payment
  add column visit_id bigint,
  add column record_id bigint,
  add column withdrawing boolean not null default false,
  add check ((visit_id is null) = (record_id is null)),
  add check (not withdrawing or visit_id is not null);
create index payment_visit on payment (location_id, visit_id) where visit_id is not null;

-- A write in a visit: points taken for a payment (less than 0), or taken back there (more than 0). Its lines name the visit,
-- so they are its own whatever their amounts; `line_id` is the first of them.
alter table altegio_write
  add column payment_id text references payment,
  add column visit_id bigint,
  add column record_id bigint,
  -- The write that this one takes back.
  add column cancels bigint references altegio_write,
  -- The sale was undone whole: taken back in the visit while that can be edited, by hand otherwise.
  add column to_cancel boolean not null default false,
  add check ((kind = 'visit') = (payment_id is not null and visit_id is not null and record_id is not null)),
  add check (cancels is null or kind = 'visit' and amount > 0);
create index altegio_write_to_cancel on altegio_write (card_id) where to_cancel;
create index altegio_write_payment on altegio_write (payment_id) where payment_id is not null;

-- Receipts as they were first issued: a shop that is renamed later has not sold under its new name.
create table receipt_document (
  payment_id text primary key references payment,
  document json not null,
  issued_at timestamptz not null default now()
);
