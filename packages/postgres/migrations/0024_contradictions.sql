-- Claims of subjects of which their two sources say different things: who said what last, and since when
-- it is so. Without values. Evidence: nothing decides by it.
create table contradiction (
  subject       text not null,
  claim         text not null,
  tenant        text not null,
  partition     int not null,
  source        text not null,
  source_epoch  bigint not null,
  source_n      bigint not null,
  corroborates  text not null,
  witness_epoch bigint not null,
  witness_n     bigint not null,
  change        text not null,
  since_ms      bigint not null,
  primary key (subject, claim)
);
create index contradiction_by_claim on contradiction (tenant, claim, source, corroborates);
