-- Tokens are marked stale after the commit of what makes them stale, in short transactions. A row is one mark
-- that is to be made, or goes on behind its cursor; a mark that is made has none.
create table token_mark (
  id          bigint generated always as identity primary key,
  kind        text not null check (kind in
    ('subject', 'actor', 'value', 'tenant', 'client', 'key', 'issuer', 'session', 'token')),
  tenant      text not null,
  target      text not null,
  -- Of a subject: tokens that carry it; null: all of them.
  claim       text,
  e           bigint not null,
  -- Tokens labelled below; null for denials.
  position    bigint,
  reason      text not null,
  source      text not null,
  change      text not null,
  partition   int not null,
  at_ms       bigint not null,
  -- Whether the tokens of the tenant are read, all of them, and not those of the target by an index.
  wide        boolean not null,
  -- The last token that was read.
  cursor      text not null default '',
  -- When it was its turn: the mark that waits longest is the next of its tenant.
  turn        timestamptz not null default clock_timestamp()
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
create index token_mark_by_turn on token_mark (tenant, turn, id);
create index token_mark_by_change on token_mark (change);

alter table token_mark enable row level security, force row level security;
create policy system on token_mark to freshet_system using (true);
create policy tenant on token_mark to freshet_tenant
  using (tenant collate "C" = nullif(current_setting('freshet.tenant', true), ''));

-- What was left to be marked goes on.
insert into token_mark
  (kind, tenant, target, claim, e, position, reason, source, change, partition, at_ms, wide)
select 'subject', m.tenant, m.subject, m.claim, l.e, m.position, m.reason, m.source, m.change,
  l.partition, l.at_ms, false
from late_mark l
cross join lateral unnest(l.subjects, l.claims, l.positions, l.reasons, l.tenants, l.sources,
  l.changes) with ordinality as m (subject, claim, position, reason, tenant, source, change, n)
order by l.id, m.n;
insert into token_mark
  (kind, tenant, target, e, position, reason, source, change, partition, at_ms, wide, cursor)
select w.kind, w.tenant, w.target, w.e, w.position,
  case w.kind when 'value' then 'value-withdrawn' when 'tenant' then 'tenant-cut-off'
    when 'client' then 'client-cut-off' else w.kind || '-denied' end,
  w.source, w.change, 0,
  coalesce((select max(c.applied_at_ms) from change_log c
    where c.id = w.change and c.tenant = w.tenant and c.source = w.source and c.partition = 0),
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint),
  w.kind not in ('session', 'token'), w.cursor_jti
from wide_mark w order by w.id;
drop table late_mark;
drop table wide_mark;

-- Marking reads the tokens of a subject, of a session and of a tenant in the order of their ids.
drop index token_by_subject;
create index token_by_subject on token (subject, jti);
create index token_by_tenant on token (tenant, jti);
create index token_by_session on token (sid, jti) where sid is not null;
-- A partition that retires keeps the index by subject alone.
drop index token_past_subject_idx;
create index token_past_by_subject on token_past (subject, jti);
