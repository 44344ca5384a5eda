-- Rows of one tenant are closed to work for another, whatever a statement forgets to ask for.
--
-- Services connect as a login and work as one of three roles, which nobody can log in as:
--   freshet_tenant: what is done for one tenant, which the transaction names (freshet.tenant);
--   freshet_system: what spans tenants: recording, publishing, pruning, sealing, operators' views;
--   freshet_ledger: makes and drops partitions of the ledger, and can read no row of it.
do $$
declare
  name text;
begin
  foreach name in array array['freshet_tenant', 'freshet_system', 'freshet_ledger'] loop
    if not exists (select from pg_roles where rolname = name) then
      begin
        execute format('create role %I nologin', name);
      -- Roles are of the whole server: another database of it was a moment faster.
      exception when duplicate_object or unique_violation then null;
      end;
    end if;
    if exists (select from pg_roles where rolname = name and (rolsuper or rolbypassrls)) then
      raise exception 'role % passes row-level security', name;
    end if;
    if not pg_has_role(current_user, name, 'usage') then
      execute format('grant %I to current_user', name);
    end if;
  end loop;
  execute format('grant usage, create on schema %I to freshet_ledger', current_schema());
end
$$;

-- The only table that knew its tenant by the name of a subject alone.
alter table doubt add column tenant text generated always as (subject::jsonb ->> 0) stored;

-- A table that gets rows of a tenant gets the same two policies in the migration that makes it.
do $$
declare
  name text;
begin
  foreach name in array array[
    'claim_state', 'account_state', 'withdrawn_value', 'doubt', 'watermark', 'denial', 'feed',
    'feed_refusal', 'missed_change', 'change_log', 'stamp', 'stamp_feed', 'stamp_free', 'token',
    'token_past', 'issuance', 'wide_mark', 'quarantine', 'outbox', 'audit_entry', 'audit_pending',
    'foreign_token', 'contradiction', 'late_mark'
  ] loop
    execute format('alter table %I enable row level security, force row level security', name);
    execute format('create policy system on %I to freshet_system using (true)', name);
    -- Rows of several tenants, or none: nothing is done there for one.
    continue when name in ('audit_pending', 'late_mark');
    execute format(
      $policy$create policy tenant on %I to freshet_tenant
        using (tenant = nullif(current_setting('freshet.tenant', true), ''))$policy$, name);
  end loop;
end
$$;
-- Whoever writes an entry of the audit reads none.
create policy tenant on audit_pending for insert to freshet_tenant
  with check (entry::json ->> 'tenant' = nullif(current_setting('freshet.tenant', true), ''));

do $$
declare
  rights text := 'grant select, insert, update, delete on';
  place text := current_schema();
begin
  execute format('%s all tables in schema %I to freshet_system', rights, place);
  -- And on tables that later migrations make.
  execute format('alter default privileges in schema %I %s tables to freshet_system', place, rights);
end
$$;
revoke insert, update, delete on freshet_migration from freshet_system;

grant select on freshet_migration, registry_version, policy_version, activation_order, progress,
  feed, feed_refusal, missed_change, contradiction, claim_state, account_state, withdrawn_value, doubt, watermark,
  denial, change_log, token, issuance, stamp, stamp_feed, stamp_free, client_assertion
  to freshet_tenant;
grant insert on token, issuance, audit_pending, stamp, stamp_feed, stamp_free, client_assertion
  to freshet_tenant;
grant update on token, issuance, stamp, stamp_feed, stamp_free to freshet_tenant;
grant delete on client_assertion to freshet_tenant;

-- A partition is reached through the ledger alone: of its own it has no policy, and lets nobody in.
do $$
declare
  partition regclass;
begin
  for partition in
    select inhrelid from pg_inherits where inhparent in ('token'::regclass, 'token_past'::regclass)
  loop
    execute format('alter table %s enable row level security, force row level security', partition);
    execute format('alter table %s owner to freshet_ledger', partition);
  end loop;
end
$$;
alter table token owner to freshet_ledger;
alter table token_past owner to freshet_ledger;
