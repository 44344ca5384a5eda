-- Where a process finds the text that an activation names by its hash. The document holds the registry
-- and the public keys that it names; of secrets it has hashes.
create table policy_version (
  pv              int primary key,
  hash            text not null,
  document        text not null,
  published_by    text not null,
  published_at_ms bigint not null
);

-- Who ordered an activation, and why. The activation itself is a record of the change topic.
create table activation_order (
  pv            int primary key references policy_version,
  minimum       int not null,
  ordered_by    text not null,
  reason        text not null,
  ordered_at_ms bigint not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % never change', tg_table_name using errcode = 'integrity_constraint_violation';
end
$$;
create trigger policy_version_stays before update or delete on policy_version
  for each row execute function refuse_change();
create trigger activation_order_stays before update or delete on activation_order
  for each row execute function refuse_change();
