-- Records that were parked, and what operators did with them. The recorder adds rows in the
-- transaction that parks; the bytes stand in the quarantine topic. One row for each content: its name
-- is the partition and a hash, so what arrives a thousand times is one row.
create table quarantine (
  id               text primary key,
  topic            text not null,
  partition        int not null,
  -- First and newest arrival.
  e                bigint not null,
  log_offset       bigint not null,
  at_ms            bigint not null,
  last_e           bigint not null,
  last_offset      bigint not null,
  last_at_ms       bigint not null,
  arrivals         bigint not null,
  -- Why, of the newest arrival. Never content.
  code             text not null,
  rule             text not null,
  -- Whose it is; of an unproven record the source that it names itself.
  tenant           text,
  source           text,
  change           text,
  bytes            int not null,
  -- Where the bytes stand in the quarantine topic.
  stands_partition int,
  stands_offset    bigint,
  state            text not null default 'open'
    check (state in ('open', 'replaying', 'replayed', 'dropped')),
  replays          int not null default 0,
  -- Where the latest replay was appended, and what became of it.
  sent_e           bigint,
  sent_offset      bigint,
  outcome          text,
  decided_by       text,
  decided_at_ms    bigint,
  reason           text
) with (fillfactor = 80);
create index quarantine_by_age on quarantine (state, at_ms, id);
create index quarantine_by_reason on quarantine (code, last_at_ms);
create index doubt_by_place on doubt (e, partition, log_offset);
