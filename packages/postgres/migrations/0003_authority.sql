-- The label of each actor: `e` and `c` are the token's own, `s` is of the actor's partition.
alter table token add column actor_positions bigint[] not null default '{}';

-- An issuance says that the token may have left. `withheld`: it provably did not, because the look
-- found it stale. Noting every release instead would be a second write for each mint, and a crash
-- before that write would deny a token that is out.
alter table issuance drop column released;
alter table issuance add column withheld boolean not null default false;
