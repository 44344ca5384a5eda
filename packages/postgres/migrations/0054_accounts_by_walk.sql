-- expand
-- concurrently
-- A walk after a snapshot of accounts reads them in this order, whatever the collation of the database.
CREATE INDEX CONCURRENTLY account_state_by_walk ON account_state (tenant, subject COLLATE "C");
