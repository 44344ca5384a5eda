-- A publisher that starts anew reads what is alive in steps, each from where the one before ended. The key makes
-- the order of these indexes whole, so a step reads its own rows alone. Pruning asks by their first columns.
create index watermark_in_steps on watermark (partition, raised_at_ms, scope_key);
drop index watermark_by_partition;

create index denial_in_steps on denial (kind, recorded_at_ms, denial_key) where exp_ms is null;
drop index denial_by_age;
create index denial_with_end_in_steps on denial (recorded_at_ms, denial_key) where exp_ms is not null;
drop index denial_with_end;
