-- expand
-- The newest epoch that a source began in a tenant, and the cursor that its last heartbeat with one brought. Changes and
-- heartbeats of older epochs are refused. 0: none was begun.
ALTER TABLE stamp_feed
  ADD COLUMN epoch bigint NOT NULL DEFAULT 0,
  ADD COLUMN cursor text;
