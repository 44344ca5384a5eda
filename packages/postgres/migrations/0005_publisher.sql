-- The publisher of a partition has a row of its own: it must not wait for the recorder's lock.
create table publisher (
  partition            int primary key,
  generation           bigint not null default 0,
  owner                text,
  renewed_at           timestamptz,
  head_hash            text,
  head_offset          bigint,
  head_at              timestamptz,
  base_hash            text,
  base_offset          bigint,
  -- The claim map has no expiry: base never passes its latest publication (rule 48).
  map_published_hash   text,
  map_published_offset bigint,
  map_published_at     timestamptz
) with (fillfactor = 50);

alter table progress
  drop column generation, drop column owner, drop column renewed_at, drop column head_hash,
  drop column head_offset, drop column base_hash, drop column base_offset, drop column base_at;

-- Denials of keys and issuers have none either.
alter table denial
  add column published_hash   text,
  add column published_offset bigint,
  add column published_at     timestamptz;
