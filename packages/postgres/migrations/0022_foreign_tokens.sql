-- Position and time of a watermark rise apart from each other, so the change that raised the time, and the
-- revocation that told it, have columns of their own. Null: it is the one that raised the position.
alter table watermark
  add column time_source text,
  add column time_change text,
  add column time_record bytea;

-- Foreign tokens that were issued up to then are stale: what concerned them before was not told to edges.
alter table progress add column foreign_since_ms bigint;
