-- While any transaction of the database is older than a removed row, Postgres keeps that row. A queue that is read
-- from the start of its index passes all of them at each read, so each queue remembers from where it is to be read.

-- No row of the outbox with this id or a lower one waits for the partition of the revocation topic.
alter table publisher add column published_to bigint not null default 0;
-- A floor above all ids that were ever drawn is of another sequence.
grant select on sequence outbox_id_seq to freshet_system;

-- Rows of other topics are read by their ids alone.
create index outbox_forwarded on outbox (topic, id) where topic <> 'freshet.revocations.v1';

-- No record of the feed with a lower number waits for the broker in this partition.
alter table stamp_free add column waits_from bigint not null default 1;
