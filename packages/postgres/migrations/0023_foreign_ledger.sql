-- What foreign issuers say they issued. Evidence: which tokens a change makes stale. `scope_keys` and
-- `denial_keys` are the names of all that can.
create table foreign_token (
  issuer       text not null,
  jti          text not null,
  tenant       text not null,
  subject      text not null,
  client       text not null,
  audience     text not null,
  kid          text not null,
  iat_ms       bigint not null,
  exp_ms       bigint not null,
  margin_ms    bigint not null,
  claims       text[] not null,
  scope_keys   text[] not null,
  denial_keys  text[] not null,
  stale_at_ms  bigint,
  stale_reason text,
  stale_source text,
  stale_change text,
  primary key (issuer, jti)
) with (fillfactor = 80);
create index foreign_token_by_subject on foreign_token (subject);
create index foreign_token_by_expiry on foreign_token (exp_ms);

-- How far each partition of the issuance topic was read.
create table issuance_progress (
  partition   int primary key,
  next_offset bigint not null
);
