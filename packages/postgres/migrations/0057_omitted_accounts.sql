-- expand
-- concurrently
-- The status of the account source counts the accounts that its last snapshot omitted.
CREATE INDEX CONCURRENTLY account_state_omitted ON account_state (tenant, source) WHERE omitted;
