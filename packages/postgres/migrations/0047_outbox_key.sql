-- Publishers read a partition of a topic from its floor. While the outbox is almost empty, a scan of an index of the
-- ids alone looks as cheap, and passes the removed rows of all other partitions: 458 ms a turn after 360,000 changes
-- under one snapshot. So no index has ids alone in their order. Rows are removed by the hash of their id.
alter table outbox drop constraint outbox_pkey;
alter table outbox add primary key (topic, partition, id);
drop index outbox_by_partition;
create index outbox_by_id on outbox using hash (id);
