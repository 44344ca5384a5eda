-- No index but the primary key has the id of a mark: the statistics of an empty table make any index with the id look as good as that one,
-- and the others have it behind all removed marks.
drop index token_mark_by_turn;
create index token_mark_by_turn on token_mark (tenant, turn);
-- Tenants with waiting marks are found by the time that marks wait, whatever their tenant. The condition is true for every row. It keeps the
-- planner from this index in statements that do not repeat it.
create index token_mark_by_age on token_mark (turn) where turn > timestamptz 'epoch';
