-- From where the gateways look for the first free sequence of a feed: every one below has a stamp.
-- A remembered fact that saves a scan; stamps that the reconciler learns never make it untrue.
ALTER TABLE stamp_feed ADD COLUMN next_sequence bigint NOT NULL DEFAULT 1;

-- The same for the numbers of a feed in a partition.
CREATE TABLE stamp_free (
  tenant    text NOT NULL,
  source    text NOT NULL,
  partition int NOT NULL,
  number    bigint NOT NULL,
  PRIMARY KEY (tenant, source, partition)
) WITH (fillfactor = 50);

-- The newest event of a feed, for the source's own view of itself.
CREATE INDEX stamp_by_age ON stamp (tenant, source, created_at);
-- What a crash of a gateway left over, oldest first.
CREATE INDEX stamp_leftover ON stamp (created_at) WHERE NOT acknowledged;
