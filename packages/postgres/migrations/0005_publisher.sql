-- Where records without expiry were published last: base never passes that place (rule 48).
alter table denial
  add column published_hash   text,
  add column published_offset bigint,
  add column published_at     timestamptz;

-- The claim map is such a record of the control partition.
alter table progress
  add column map_published_hash   text,
  add column map_published_offset bigint,
  add column map_published_at     timestamptz;

alter table progress add column head_at timestamptz;
