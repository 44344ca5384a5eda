-- The last pause of each partition: at which record, since when and why. It stands while `next_offset` of the
-- partition is not behind `log_offset`, so nothing has to remove it.
create table recording_pause (
  partition  int primary key,
  e          bigint not null,
  log_offset bigint not null,
  code       text not null,
  message    text not null,
  since_ms   bigint not null,
  attempts   int not null
) with (fillfactor = 50);
