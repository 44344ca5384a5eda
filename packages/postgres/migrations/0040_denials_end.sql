-- A denial ends when no token that it names can live, so the database needs its age by the reconciler's clock
-- and, where the product verified the token, the end of the token. A denial of before this step is as old as
-- its change: the change log forgets a change 35 days after it was applied.
alter table denial
  add column exp_ms bigint,
  add column recorded_at_ms bigint not null
    default floor(extract(epoch from clock_timestamp()) * 1000);
update denial d set recorded_at_ms = coalesce(
  (select max(c.applied_at_ms) from change_log c
    where c.tenant = d.tenant and c.source = d.source and c.id = d.change),
  d.recorded_at_ms - 35::bigint * 86400000);

-- Pruning and a new root find denials by their age. Those with a known end are pruned sooner.
create index denial_by_age on denial (kind, recorded_at_ms) where exp_ms is null;
create index denial_with_end on denial (recorded_at_ms) where exp_ms is not null;

-- A wide change goes when its tokens are marked.
delete from wide_mark where done;
drop index wide_mark_open;
alter table wide_mark drop column done;
