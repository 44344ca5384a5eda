-- How many claims a source took away in a partition since the first of them, for the guard of its source.
alter table feed
  add column removals          bigint not null default 0,
  add column removals_since_ms bigint;
