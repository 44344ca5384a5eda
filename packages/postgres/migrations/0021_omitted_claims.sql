-- Claims that a token says it leaves out: too large, or nobody could vouch for them.
alter table token
  add column "over"  text[] not null default '{}',
  add column omitted text[] not null default '{}';
alter table issuance
  add column "over"  text[] not null default '{}',
  add column omitted text[] not null default '{}';
-- Partitions of the ledger move there.
alter table token_past
  add column "over"  text[] not null default '{}',
  add column omitted text[] not null default '{}';
