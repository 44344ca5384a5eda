-- Tokens that expired: who held which value at a time. The ledger's partitions come over here when all
-- of their tokens are over, as they are; a column that the ledger gets, this table gets in the same step.
create table token_past (like token including all) partition by range (exp_ms);
