-- The main path: claim state, watermarks, token ledger, change log, outbox.
-- A subject is stored under its canonical key, the JSON array ["tenant","iss","sub"].

-- One row per partition of the change topic. Its lock makes the partition's writers take turns;
-- `e` stands in every row, so that raising it needs them all (rule 27).
create table progress (
  partition        int primary key,
  e                bigint not null,
  next_offset      bigint not null default 0,
  -- Hash of the record before next_offset; null before the first one.
  last_hash        text,
  active_pv        int not null default 0,
  active_hash      text,
  minimum_pv       int not null default 0,
  -- Publisher of the same partition of the revocation topic.
  generation       bigint not null default 0,
  owner            text,
  renewed_at       timestamptz,
  head_hash        text,
  head_offset      bigint,
  base_hash        text,
  base_offset      bigint,
  base_at          timestamptz
) with (fillfactor = 50);

-- Stored checkpoints that may become the base; thinned when written.
create table stored_checkpoint (
  partition  int not null,
  hash       text not null,
  log_offset bigint not null,
  stored_at  timestamptz not null,
  is_root    boolean not null,
  primary key (partition, log_offset, hash)
);

-- What a source has said of a claim of a subject: floor and elements with their versions.
create table claim_state (
  subject     text not null,
  claim       text not null,
  tenant      text not null,
  partition   int not null,
  source      text not null,
  floor_epoch bigint not null,
  floor_n     bigint not null,
  -- {"<value as JSON>": ["<epoch>", "<n>", present]}
  elements    jsonb not null,
  primary key (subject, claim)
) with (fillfactor = 80);
create index claim_state_by_source on claim_state (partition, tenant, source);

create table account_state (
  subject       text primary key,
  tenant        text not null,
  state         text not null check (state in ('enabled', 'disabled', 'deleted')),
  epoch         bigint not null,
  n             bigint not null,
  deleted_epoch bigint not null,
  deleted_n     bigint not null
);

-- Values taken from all holders: elements of no newer version are not minted (rule 6).
create table withdrawn_value (
  tenant text not null,
  claim  text not null,
  value  text not null,
  epoch  bigint not null,
  n      bigint not null,
  at_ms  bigint not null,
  primary key (tenant, claim, value)
);

-- Authentic but unreadable records, and deletions, per claim. In doubt: raised and not settled.
create table doubt (
  subject     text not null,
  claim       text not null,
  e           bigint not null,
  partition   int not null,
  log_offset  bigint not null,
  raised      boolean not null,
  settled     boolean not null,
  primary key (subject, claim, e, partition, log_offset)
);

-- Positions below which tokens are stale, by scope. Kept for the longest token life plus margin.
create table watermark (
  scope_key text primary key,
  tenant    text not null,
  partition int not null,
  e         bigint not null,
  position  bigint not null,
  source    text not null,
  change    text not null,
  -- Commit time at the source, for tokens of issuers that cannot stamp (rule 8).
  time_ms   bigint not null,
  raised_at_ms bigint not null,
  -- The revocation as it was published, to publish it again after a loss.
  record    bytea
) with (fillfactor = 80);
create index watermark_by_partition on watermark (partition, raised_at_ms);

create table denial (
  denial_key text primary key,
  tenant     text not null,
  kind       text not null check (kind in ('key', 'issuer', 'session', 'token')),
  target     text not null,
  source     text not null,
  change     text not null,
  at_ms      bigint not null,
  record     bytea
);

-- What is known of each (tenant, source) in each partition (rules 12, 13, 36).
create table feed (
  tenant     text not null,
  source     text not null,
  partition  int not null,
  complete   bigint not null,
  beyond     bigint[] not null,
  through_ms bigint,
  halted     boolean not null,
  primary key (tenant, source, partition)
) with (fillfactor = 50);

-- One row per accepted change, with its stage times. Repeats are recognised by the key.
create table change_log (
  tenant         text not null,
  source         text not null,
  id             text not null,
  content_hash   text not null,
  e              bigint not null,
  partition      int not null,
  log_offset     bigint not null,
  kind           text not null,
  op             text,
  claim          text,
  subject        text,
  class          text,
  -- applied | noop | duplicate is not stored | quarantined | doubtful
  outcome        text not null,
  tightened      boolean not null,
  tokens_marked  int not null default 0,
  occurred_at_ms bigint not null,
  appended_at_ms bigint not null,
  received_at_ms bigint not null,
  applied_at_ms  bigint not null,
  published_at_ms bigint,
  revocation_offset bigint,
  traceparent    text,
  primary key (tenant, source, id)
);
create index change_log_by_position on change_log (partition, log_offset);
create index change_log_by_revocation on change_log (partition, revocation_offset)
  where revocation_offset is not null;
create index change_log_by_subject on change_log (subject, applied_at_ms) where subject is not null;
create index change_log_by_id on change_log (id);

create table outbox (
  id          bigint generated always as identity primary key,
  topic       text not null,
  partition   int not null,
  key         bytea,
  value       bytea,
  headers     jsonb not null,
  -- The change that this row publishes, to store its publish time.
  tenant      text,
  source      text,
  change      text,
  created_at  timestamptz not null default clock_timestamp()
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
create index outbox_by_partition on outbox (topic, partition, id);

-- What the gateway has numbered (rules 34 to 37). The reconciler writes the stamps it applies too.
create table stamp (
  tenant       text not null,
  source       text not null,
  id           text not null,
  partition    int not null,
  number       bigint not null,
  sequence     bigint,
  content_hash text not null,
  -- The record as it is produced; null where the reconciler learned the stamp from the topic.
  key          bytea,
  value        bytea,
  headers      jsonb,
  acknowledged boolean not null,
  log_offset   bigint,
  created_at   timestamptz not null default clock_timestamp(),
  primary key (tenant, source, id, partition)
);
create index stamp_by_number on stamp (tenant, source, partition, number);
create index stamp_by_sequence on stamp (tenant, source, sequence) where sequence is not null;
create index stamp_unacknowledged on stamp (partition, tenant, source, number) where not acknowledged;

-- One row per (tenant, source): its lock makes the gateways of a source take turns.
create table stamp_feed (
  tenant text not null,
  source text not null,
  primary key (tenant, source)
);

-- Outstanding tokens. Partitions by expiry are made ahead and dropped when over.
create table token (
  jti          text not null,
  tenant       text not null,
  exp_ms       bigint not null,
  iat_ms       bigint not null,
  subject      text not null,
  actors       text[] not null default '{}',
  client       text not null,
  audience     text not null,
  sid          text,
  kid          text not null,
  pv           int not null,
  e            bigint not null,
  s            bigint not null,
  c            bigint not null,
  claims       text[] not null,
  -- Keys of the value scopes that the token carries, for wide marking.
  value_scopes text[] not null,
  stale_at_ms  bigint,
  stale_reason text,
  stale_source text,
  stale_change text,
  primary key (jti, exp_ms)
) partition by range (exp_ms);
create index token_by_subject on token (subject);
create index token_by_value on token using gin (value_scopes) with (fastupdate = off);

-- Issuance records: what was minted, by which policy version, on whose word. They outlive tokens.
create table issuance (
  jti           text primary key,
  tenant        text not null,
  subject       text not null,
  client        text not null,
  audience      text not null,
  kid           text not null,
  pv            int not null,
  registry_hash text not null,
  e             bigint not null,
  s             bigint not null,
  c             bigint not null,
  iat_ms        bigint not null,
  exp_ms        bigint not null,
  claims        text[] not null,
  claims_digest text not null,
  -- {"<source>": through in ms}
  through       jsonb not null,
  released      boolean not null default false
);
create index issuance_by_subject on issuance (subject, iat_ms);

-- Wide changes whose tokens are marked in chunks, in the background. Marks are evidence only.
create table wide_mark (
  id          bigint generated always as identity primary key,
  kind        text not null check (kind in ('value', 'tenant', 'client', 'key', 'issuer', 'session', 'token')),
  tenant      text not null,
  target      text not null,
  e           bigint not null,
  position    bigint,
  source      text not null,
  change      text not null,
  cursor_jti  text not null default '',
  marked      int not null default 0,
  done        boolean not null default false
);
create index wide_mark_open on wide_mark (id) where not done;

create table registry_version (
  pv           int primary key,
  hash         text not null,
  activated_at timestamptz not null default clock_timestamp()
);
