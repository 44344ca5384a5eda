-- What happened, as it is kept for good. Who does something writes its entry in the same transaction,
-- here, where it waits and nothing else is touched; chaining it there would make all of them take turns.
create table audit_pending (
  stream text not null,
  id     bigint generated always as identity,
  entry  text not null,
  primary key (stream, id)
) with (autovacuum_vacuum_scale_factor = 0.01);

-- The chains: hash = SHA-256(0x00 ‖ hash before ‖ entry), sealed from what waits, in dense places.
create table audit_entry (
  stream text not null,
  n      bigint not null,
  hash   text not null,
  -- What an entry is found by; the same stands in its text, which alone is hashed.
  kind   text not null,
  tenant text not null,
  ref    text not null,
  at_ms  bigint not null,
  entry  text not null,
  primary key (stream, n)
);
create index audit_entry_by_ref on audit_entry (ref);
create index audit_entry_by_kind on audit_entry (stream, kind, n);
create index audit_entry_by_time on audit_entry using brin (at_ms);

-- One row per chain: its lock makes sealers take turns.
create table audit_stream (
  stream          text primary key,
  n               bigint not null default 0,
  hash            text not null,
  head_n          bigint,
  head_at_ms      bigint,
  kept_head_at_ms bigint,
  -- Where the chain begins since older entries were pruned, with the signed head of that place.
  pruned_n        bigint,
  pruned_hash     text,
  pruned_head     bytea
) with (fillfactor = 50);
insert into audit_stream (stream, hash)
select stream, rtrim(translate(encode(sha256(convert_to('freshet.audit.v1 ' || stream, 'UTF8')), 'base64'), '+/', '-_'), '=')
from unnest(array['control', 'tokens']) as s (stream);

-- Signed heads at which a chain may be cut one day; all of them are on the topic.
create table audit_head (
  stream text not null,
  n      bigint not null,
  hash   text not null,
  at_ms  bigint not null,
  record bytea not null,
  primary key (stream, n)
);

create function refuse_unpruned() returns trigger language plpgsql as $$
begin
  if old.n <= (select pruned_n from audit_stream s where s.stream = old.stream) then
    return old;
  end if;
  raise exception 'entries of the audit are not deleted' using errcode = 'integrity_constraint_violation';
end
$$;
create trigger audit_entry_stays before update on audit_entry
  for each row execute function refuse_change();
create trigger audit_entry_stays_there before delete on audit_entry
  for each row execute function refuse_unpruned();

-- Behind this the audit's digest of an issuance record is taken. It goes with the record.
alter table issuance add column salt text not null default '';
