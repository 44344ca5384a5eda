-- Assertions of clients that were used (RFC 7523 §3), for all authorities. Rows go a minute after
-- they expired.
create table client_assertion (
  client        text   not null,
  jti           text   not null,
  expires_at_ms bigint not null,
  primary key (client, jti)
);
create index client_assertion_by_expiry on client_assertion (expires_at_ms);
