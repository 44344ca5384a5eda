-- expand
-- When an activation last gave each source a claim or the accounts: a snapshot with an older state does not begin (rule 32).
ALTER TABLE progress ADD COLUMN given jsonb;
