-- The primary key alone has the id of a mark. With the statistics of an empty table, the planner cannot tell it from any other index with the
-- id. It then read another one, and with it the entries of all removed marks.
drop index token_mark_by_turn;
create index token_mark_by_turn on token_mark (tenant, turn);
-- This index finds the marks that wait longest, whatever their tenant. Its condition is true for every row. A statement that does not repeat the
-- condition cannot use the index.
create index token_mark_by_age on token_mark (turn) where turn > timestamptz 'epoch';
