-- expand
-- The last time when rows of the outbox waited at or below "published_to", where no publisher looks, and their number.
alter table publisher
  add column hidden_rows int,
  add column hidden_at timestamptz;
