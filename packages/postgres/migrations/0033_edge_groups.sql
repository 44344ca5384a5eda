-- Where there are too many edges to measure each, applies are kept by group: see packages/domain/src/slo/edge-group.ts.
alter table edge_apply
  -- An edge of the group passed from here on up to up_to, at applied_at_ms at the latest; null: of one edge.
  add column from_offset bigint;

alter table change_sample
  -- The last edge had applied it by then, or earlier: groups were measured, and not each edge.
  add column is_upper_bound boolean not null default false;

-- Each of thousands of edges changes its rows every second: there is room for the next version beside the last.
alter table edge set (fillfactor = 50);
alter table edge_start set (fillfactor = 50);
