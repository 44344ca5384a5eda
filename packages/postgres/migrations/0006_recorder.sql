-- A border of a full statement and an activation stand in every partition under one id. A repeat is
-- known by its partition's own history, so that it does not matter which partition is read first.
alter table change_log drop constraint change_log_pkey;
-- With the id first the key serves looking a change up by its id alone, too.
alter table change_log add primary key (id, tenant, source, partition);
drop index change_log_by_id;

-- Version of the full statement that has begun and not ended: the floor of its end.
alter table feed
  add column snapshot_epoch bigint,
  add column snapshot_n     bigint;

-- Few tokens have actors.
create index token_by_actor on token using gin (actors) with (fastupdate = off)
  where actors <> '{}';
