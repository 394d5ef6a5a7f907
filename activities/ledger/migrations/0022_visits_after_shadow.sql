-- Up Migration

-- A visit of a program in shadow that had posted something before: what changed meanwhile is posted when the shadow ends.
alter table visit add column due_after_shadow boolean not null default false;
create index visit_due_after_shadow on visit (chain_id) where due_after_shadow;
comment on column visit.shadow_accrued is
  'What the visit would have earned while its program was in shadow, beyond what was posted and its payments would have earned; it is never posted';
