-- A record that is to be published is one value: every part of it behind its length (stored-record.ts).
create function pg_temp.part(bytes bytea) returns bytea language sql immutable as $$
  select case when bytes is null then '\xffffffff'::bytea else int4send(length(bytes)) || bytes end
$$;
create function pg_temp.packed(key bytea, value bytea, headers jsonb) returns bytea
  language sql immutable as $$
  select pg_temp.part(key) || pg_temp.part(value) || coalesce((
    select string_agg(
      pg_temp.part(convert_to(h.name, 'UTF8')) || pg_temp.part(decode(h.bytes, 'base64')), ''::bytea)
    from jsonb_each_text(headers) as h (name, bytes)), ''::bytea)
$$;
create function pg_temp.repacked(record bytea) returns bytea language sql immutable as $$
  select pg_temp.packed(decode(j->>'key', 'base64'), decode(j->>'value', 'base64'), j->'headers')
  from (select convert_from(record, 'UTF8')::jsonb as j) as stored
$$;

update watermark set record = pg_temp.repacked(record) where record is not null;
update denial set record = pg_temp.repacked(record) where record is not null;

alter table outbox add column record bytea;
update outbox set record = pg_temp.packed(key, value, headers);
alter table outbox
  alter column record set not null,
  drop column key, drop column value, drop column headers;

drop function pg_temp.repacked(bytea);
drop function pg_temp.packed(bytea, bytea, jsonb);
drop function pg_temp.part(bytea);

-- A change's row is written twice: recorded, and published soon after. Without an index over what
-- the second one sets, and with room in the page, that touches no index at all.
drop index change_log_by_revocation;
alter table change_log set (fillfactor = 65);

-- Pruning asks partition by partition, so one index over age is enough.
drop index watermark_by_age;
