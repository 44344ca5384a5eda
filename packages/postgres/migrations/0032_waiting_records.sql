-- What is numbered and not yet in the topic, with its bytes. In the table of stamps it was in the condition of
-- two indexes: each acknowledgement wrote a new row, and an entry of every index for it.
create table waiting_record (
  tenant     text not null,
  source     text not null,
  partition  int not null,
  number     bigint not null,
  id         text not null,
  sequence   bigint,
  key        bytea,
  value      bytea,
  headers    jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant, source, partition, number, id)
) with (autovacuum_vacuum_scale_factor = 0.01);
-- What a crash of a gateway left over, oldest first.
create index waiting_record_by_age on waiting_record (created_at);

alter table waiting_record enable row level security, force row level security;
create policy system on waiting_record to freshet_system using (true);
create policy tenant on waiting_record to freshet_tenant
  using (tenant collate "C" = nullif(current_setting('freshet.tenant', true), ''));
grant select, insert, delete on waiting_record to freshet_tenant;

insert into waiting_record (tenant, source, partition, number, id, sequence, key, value, headers, created_at)
  select tenant, source, partition, number, id, sequence, key, value, headers, created_at
  from stamp where not acknowledged and headers is not null;

drop index stamp_unacknowledged;
drop index stamp_leftover;
alter table stamp drop column key, drop column value, drop column headers;
-- Half of a page is for the rows that are written when records are acknowledged: no index is touched then.
alter table stamp set (fillfactor = 50);
