-- Up Migration

-- A review ends without a person when its sale went back before anybody decided: there is nothing left to decide.
alter table review drop constraint review_state_check;
alter table review add constraint review_state_check check (state in ('open', 'approved', 'refused', 'returned'));

-- The only program that the key of an offline till opens; null is every program of the location.
alter table offline_sale add column program_id text references program;

-- Sales that an operator had taken back before refunds were counted.
update payment set refunded = coalesce(captured_total, total) where state = 'REFUNDED' and refunded = 0;
