-- Up Migration

-- A review ends without a person when its sale went back before anybody decided: there is nothing left to decide.
alter table review drop constraint review_state_check;
alter table review add constraint review_state_check check (state in ('open', 'approved', 'refused', 'returned'));
