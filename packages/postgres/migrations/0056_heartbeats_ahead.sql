-- expand
-- By how much the last heartbeat was ahead of the broker, in milliseconds, where it did not count for that. Null: it was not.
alter table feed add column ahead_ms bigint;
