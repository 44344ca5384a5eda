-- Measurements of the loop. Evidence only: no decision rests on them.

-- How far measuring came in each partition of the change log.
create table sli_cursor (
  partition   int primary key,
  e           bigint not null,
  next_offset bigint not null,
  -- ["<tenant>","<source>"] of each full statement that is open there.
  open        jsonb not null
) with (fillfactor = 50);

-- One row: the first minute whose edges were not counted yet.
create table sli_minute (
  only_one  boolean primary key default true check (only_one),
  minute_ms bigint not null
) with (fillfactor = 50);

-- One row for each change that took something away: open, then closed once.
create table change_sample (
  tenant         text not null,
  source         text not null,
  id             text not null,
  partition      int not null,
  origin         text not null,
  class          text,
  appended_at_ms bigint not null,
  -- Null while it is open.
  closed_at_ms   bigint,
  -- Null where it was not complete at the deadline.
  complete_ms    bigint,
  edges          int not null default 0,
  slowest        text,
  missing        text[] not null default '{}',
  primary key (id, tenant, source, partition)
) with (fillfactor = 70);
create index change_sample_open on change_sample (appended_at_ms, id) where closed_at_ms is null;
create index change_sample_closed on change_sample (closed_at_ms) where closed_at_ms is not null;
-- The worst first: what was never complete took longer than whatever was.
create index change_sample_worst on change_sample (coalesce(complete_ms, 900000))
  where closed_at_ms is not null;

alter table change_sample enable row level security, force row level security;
create policy system on change_sample to freshet_system using (true);
create policy tenant on change_sample to freshet_tenant
  using (tenant collate "C" = nullif(current_setting('freshet.tenant', true), ''));

-- Good and valid by service level, origin and minute; sparse.
create table slo_minute (
  slo       text not null,
  origin    text not null,
  minute_ms bigint not null,
  good      bigint not null,
  valid     bigint not null,
  primary key (slo, origin, minute_ms)
) with (fillfactor = 70);

-- What an edge that was live reported within a minute.
create table edge_minute (
  minute_ms  bigint not null,
  edge       text not null,
  oldest_ms  bigint not null,
  allows     bigint not null,
  denies     bigint not null,
  challenges bigint not null,
  primary key (minute_ms, edge)
) with (fillfactor = 50);

alter table edge
  -- Broker's time of the report in which it first was live; null while it is starting or closing.
  add column live_since_ms bigint,
  -- When its oldest view was heard, by the broker's clock; null where one never was.
  add column heard_at_ms   bigint;
-- Broker's time of the report that told it: an edge's clock is not believed beyond it.
alter table edge_apply add column reported_at_ms bigint;

-- Which changes stand where a replay was sent.
create index quarantine_by_sent on quarantine (partition, sent_offset) where sent_offset is not null;
