-- The applies of an edge are found by its name; those of groups, which are few, without reading those of edges.
create index edge_apply_of_groups on edge_apply (partition, edge, up_to) where from_offset is not null;
