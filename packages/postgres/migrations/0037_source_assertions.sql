-- Assertions of sources that were used (RFC 7523 §3), for all gateways. `jti` is a hash of fixed length.
-- Gateways remove a row a minute after its assertion expired.
create table source_assertion (
  source        text   not null,
  jti           text   not null,
  expires_at_ms bigint not null,
  primary key (source, jti)
);
create index source_assertion_by_expiry on source_assertion (expires_at_ms);
grant select, insert, delete on source_assertion to freshet_tenant;
