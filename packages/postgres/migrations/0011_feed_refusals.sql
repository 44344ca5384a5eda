-- What of a feed was refused on the topic, for its source to see. Bounded: a count and the latest.
create table feed_refusal (
  tenant    text not null,
  source    text not null,
  partition int not null,
  count     bigint not null,
  -- Newest first: [{"id": "…", "code": "…", "rule": "…", "offset": "12", "atMs": 0}]
  latest    jsonb not null,
  primary key (tenant, source, partition)
);
