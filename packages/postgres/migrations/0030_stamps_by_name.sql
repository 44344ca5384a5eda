-- Stamps are found by their key. Where nobody has counted the rows yet, any index that begins with tenant and
-- source looked as good, and all of a feed was read for each batch. The others that begin so answer only to
-- statements that repeat their condition, which holds for every row.
drop index stamp_by_number;
create index stamp_by_number on stamp (tenant, source, partition, number) where number >= 0;
drop index stamp_by_age;
create index stamp_by_age on stamp (tenant, source, created_at) where created_at > '-infinity';
