-- The newest version of any border of a full statement that stood in a partition, so that none of them
-- is taken once more. Of a statement that is open now it is the version of its begin.
alter table feed
  add column border_epoch bigint,
  add column border_n     bigint;
update feed set border_epoch = snapshot_epoch, border_n = snapshot_n where snapshot_n is not null;
