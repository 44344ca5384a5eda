-- expand
-- The source whose version the account has, and the one whose deletion its floor is. Null: none, or an earlier build
-- stored it. A disabled account that the last snapshot of accounts omitted: its state is unknown.
alter table account_state
  add column source text,
  add column deleted_by text,
  add column omitted boolean not null default false;
-- The kinds of state that the newest snapshot announced beside claims: ["accounts", "cut-offs"].
alter table feed add column states jsonb not null default '[]';
