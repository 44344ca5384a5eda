-- Where each key last signed a head: a head behind one that is no longer published is not continued.
alter table publisher add column signers jsonb not null default '{}';
