-- The client of the registry that signed the last report of an edge, and by which of its keys. It holds the name of the edge until the
-- row is forgotten; null: no client ever signed for the edge.
alter table edge
  add column signed_by text,
  add column signed_kid text;
