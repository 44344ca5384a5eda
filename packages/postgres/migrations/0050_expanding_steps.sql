-- expand
-- A step whose file begins so only adds, and builds before it can ignore what it adds. Such a build accepts it.
alter table freshet_migration add column expands boolean not null default false;
