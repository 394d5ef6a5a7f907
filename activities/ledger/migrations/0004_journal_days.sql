-- Up Migration

-- The first day that the last complete fetch covered: a fetch of few days is none for who needs more.
alter table altegio_journal add column last_from date;

-- The journal tail looks at these every minute.
create index altegio_card_unexplained on altegio_card (chain_id) where unexplained <> 0;
create index altegio_line_early on altegio_line (card_id) where claim = 'external' and drift_id is null;
-- What a write nets begins after the last write of its card.
create index altegio_write_card on altegio_write (card_id);
create index drift_account on drift (account_id);
