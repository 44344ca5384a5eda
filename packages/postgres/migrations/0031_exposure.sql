-- What edges measured of the requests that they decided. Evidence: nothing decides by it.

-- Starts of edges: which report of which start came last, so that none counts twice and two processes
-- under one id are told apart.
create table edge_start (
  edge            text not null,
  start           text not null,
  n               bigint not null,
  first_at_ms     bigint not null,
  last_at_ms      bigint not null,
  clock_offset_ms double precision,
  clock_error_ms  double precision,
  primary key (edge, start)
);
create index edge_start_by_time on edge_start (last_at_ms);

-- Since when the allows are complete that an apply was held against.
alter table edge_apply add column allows_since_ms bigint;

-- Requests that were let in after a change was committed at its source and before the edge applied it.
-- Names a change, and nobody.
create table edge_exposure (
  tenant         text not null,
  change         text not null,
  partition      int not null,
  edge           text not null,
  start          text not null,
  log_offset     bigint not null,
  route          text not null,
  commit_at_ms   bigint not null,
  requests       bigint not null,
  first_at_ms    bigint not null,
  last_at_ms     bigint not null,
  error_ms       double precision,
  reported_at_ms bigint not null,
  primary key (tenant, change, partition, edge, start, log_offset, route)
);
create index edge_exposure_by_time on edge_exposure (reported_at_ms);
alter table edge_exposure enable row level security, force row level security;
create policy system on edge_exposure to freshet_system using (true);
create policy tenant on edge_exposure to freshet_tenant
  using (tenant collate "C" = nullif(current_setting('freshet.tenant', true), ''));

-- How much of each claim routes used, by day in UTC: numbers, never values.
create table claim_use (
  day       int not null,
  audience  text not null,
  route     text not null,
  claim     text not null,
  decisions bigint not null,
  required  bigint not null,
  needed    bigint not null,
  carried   bigint not null,
  primary key (day, audience, route, claim)
);
