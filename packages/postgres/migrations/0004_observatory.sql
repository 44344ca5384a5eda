-- What edges report of themselves. Evidence only: no decision reads it.
create table edge (
  edge           text primary key,
  audience       text not null,
  version        text not null,
  state          text not null,
  reported_at_ms bigint not null,
  -- [{"partition": 0, "applied": "12", "viewAgeMs": 40}]
  partitions     jsonb not null
);

create table edge_apply (
  edge           text not null,
  partition      int not null,
  up_to          bigint not null,
  appended_at_ms bigint not null,
  applied_at_ms  bigint not null,
  primary key (partition, edge, up_to)
);
create index edge_apply_by_time on edge_apply (applied_at_ms);
