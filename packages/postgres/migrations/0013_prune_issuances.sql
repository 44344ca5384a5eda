-- Pruning asks for the issuances that expired first.
create index issuance_by_expiry on issuance (exp_ms);
