-- A walk counts what a full statement that is open has not stated, and takes away in steps what one that has ended
-- does not name. How far it has come; null: it has not begun, or is over.
alter table feed add column ending jsonb;

-- A walk reads the claims of a tenant in a partition in this order, whatever the collation of the database.
-- Writers wait while the index is built, so it gets the memory to be built in one go. It answers only to statements
-- that repeat its condition, which holds for every row: mints find claims by their key, however few rows there are.
set local maintenance_work_mem = '256MB';
create index claim_state_by_walk on claim_state
  (partition, tenant, subject collate "C", claim collate "C") where partition >= 0;
drop index claim_state_by_source;
