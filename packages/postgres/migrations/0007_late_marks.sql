-- A token that is recorded while a batch marks, and whose mint looks before that batch commits, is
-- seen by neither. So each batch that marks leaves its marks here, they are made once more after its
-- commit, and the row goes with that. A row that stays is one of a process that died in between.
create table late_mark (
  id        bigint generated always as identity primary key,
  partition int not null,
  e         bigint not null,
  at_ms     bigint not null,
  -- One element for each mark, in the order of the changes.
  subjects  text[] not null,
  claims    text[] not null,
  positions bigint[] not null,
  reasons   text[] not null,
  tenants   text[] not null,
  sources   text[] not null,
  changes   text[] not null
);
