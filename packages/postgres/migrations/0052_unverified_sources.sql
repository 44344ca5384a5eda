-- expand
-- The sources that an edge cannot vouch for, by the report at "atMs": {"atMs": 1, "isOutOfView": false, "sources": [], "more": 0}.
-- Null: an edge of an earlier build reported. An earlier build of the console keeps the value when it stores a later report, and atMs shows that.
alter table edge add column unverified jsonb;
-- The denials of the minute by reason. Null: an edge of an earlier build denied a request without its reason.
alter table edge_minute
  add column denied_stale bigint,
  add column denied_unverified bigint,
  add column denied_insufficient bigint,
  add column denied_other bigint;
