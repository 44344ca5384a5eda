-- expand
-- The values that a change took away and gave, for operators: {"lost": [], "gained": [], "lostCount": 0, "gainedCount": 0}.
-- Null: the change had no effect on values, or an earlier build recorded it.
alter table change_log add column changed jsonb;
