-- expand
-- Users and groups that a provisioner sent by SCIM, and who is a member of which group. Each write raises "version". "name_key" is the name
-- without its case: the userName of a user, the displayName of a group.
create table scim_resource (
  tenant      text   not null,
  source      text   not null,
  id          text   not null,
  kind        text   not null,
  external_id text,
  name_key    text   not null,
  version     int    not null,
  created_ms  bigint not null,
  changed_ms  bigint not null,
  attributes  jsonb  not null,
  primary key (tenant, source, id)
);
create unique index scim_resource_by_external_id on scim_resource (tenant, source, kind, external_id);
create unique index scim_user_by_name on scim_resource (tenant, source, name_key) where kind = 'User';
create index scim_resource_by_kind on scim_resource (tenant, source, kind, id);
create index scim_group_by_name on scim_resource (tenant, source, name_key) where kind = 'Group';
create table scim_member (
  tenant    text not null,
  source    text not null,
  group_id  text not null,
  member_id text not null,
  primary key (tenant, source, group_id, member_id)
);
create index scim_member_by_member on scim_member (tenant, source, member_id);

alter table scim_resource enable row level security, force row level security;
create policy system on scim_resource to freshet_system using (true);
create policy tenant on scim_resource to freshet_tenant
  using (tenant collate "C" = nullif(current_setting('freshet.tenant', true), ''));
alter table scim_member enable row level security, force row level security;
create policy system on scim_member to freshet_system using (true);
create policy tenant on scim_member to freshet_tenant
  using (tenant collate "C" = nullif(current_setting('freshet.tenant', true), ''));
grant select, insert, update, delete on scim_resource to freshet_tenant;
grant select, insert, delete on scim_member to freshet_tenant;
