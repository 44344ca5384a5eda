-- Of the full statements of a feed in a partition: the begin of the newest, the begin of the newest that
-- has ended, whether its end waits to be confirmed, how many claims it stated, and which claims were
-- ever stated in full.
alter table feed
  add column statement text,
  add column ended     text,
  add column held      boolean not null default false,
  add column compared  bigint not null default 0,
  add column covers    jsonb not null default '[]';

-- What a full statement found that no event had announced: a claim of a subject. Evidence.
create table missed_change (
  tenant    text not null,
  source    text not null,
  partition int not null,
  -- Begin of the statement, and the event that found it.
  statement text not null,
  change    text not null,
  subject   text not null,
  claim     text not null,
  epoch     bigint not null,
  n         bigint not null,
  -- Keys of the values whose removal was missed.
  lost      jsonb not null,
  gained    boolean not null,
  at_ms     bigint not null,
  primary key (tenant, source, subject, claim, statement)
);
create index missed_change_by_age on missed_change (partition, at_ms);
