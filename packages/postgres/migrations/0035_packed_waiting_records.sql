-- What waits for the broker is one value, as what waits to be published is (0012_packed_records.sql): headers as
-- JSON took twice their bytes, and were parsed twice.
create function pg_temp.part(bytes bytea) returns bytea language sql immutable as $$
  select case when bytes is null then '\xffffffff'::bytea else int4send(length(bytes)) || bytes end
$$;
alter table waiting_record add column record bytea;
update waiting_record set record = pg_temp.part(key) || pg_temp.part(value) || coalesce((
  select string_agg(
    pg_temp.part(convert_to(h.name, 'UTF8')) || pg_temp.part(decode(h.bytes, 'base64')), ''::bytea)
  from jsonb_each_text(headers) as h (name, bytes)), ''::bytea);
alter table waiting_record
  alter column record set not null,
  drop column key, drop column value, drop column headers;
drop function pg_temp.part(bytea);

-- A full statement writes every claim anew: with room in the page that touches no index.
alter table claim_state set (fillfactor = 70);
