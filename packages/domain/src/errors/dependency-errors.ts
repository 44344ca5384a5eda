/** Of what Freshet stands on: broker, database, key sets, time. They are tried again. */
export const dependencyErrors = {
  'broker.unavailable': {
    disposition: 'retry',
    what: 'The broker did not answer as it must.',
    normal: 'For seconds, while a broker restarts or a leader moves.',
    remedy: 'See that KAFKA_BROKERS names client ports that can be reached from here.',
  },
  'broker.tls': {
    disposition: 'retry',
    what: 'TLS with the broker failed: a certificate, a name or a port is not as configured.',
    normal: 'Never, except while certificates are replaced.',
    remedy:
      'Change what the message names: KAFKA_TLS_CA_FILE, the host in KAFKA_BROKERS, or the client certificate. A running process uses a new file by itself; docs/kafka.md.',
  },
  'broker.unauthenticated': {
    disposition: 'retry',
    what: 'The broker does not accept the user, its password or the mechanism.',
    normal: 'Never, except while a password is replaced.',
    remedy:
      'Compare KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password with the user of the broker. A running process uses a new KAFKA_SASL_PASSWORD_FILE by itself.',
  },
  'broker.denied': {
    disposition: 'retry',
    what: 'An ACL of the broker does not allow what was attempted.',
    normal: 'Never.',
    remedy:
      'Give the principal the right that the message names: `freshet topic plan -o acl` prints the rules of every role.',
  },
  'broker.offset-lost': {
    disposition: 'retry',
    what: 'The records asked for are no longer in the topic.',
    normal: 'After a pause longer than the retention; an edge then reads again from the base.',
    remedy: 'Compare the retention of the topic with infra/topics.yaml by `freshet topic verify`.',
  },
  'database.unavailable': {
    disposition: 'retry',
    what: 'The database did not answer in time.',
    normal: 'For seconds, while Postgres restarts or fails over.',
    remedy: 'See that DATABASE_URL names a primary that can be reached from here.',
  },
  'database.timeout': {
    disposition: 'retry',
    what: 'A wait for a lock took longer than its limit.',
    normal: 'Rarely, while another transaction holds the same rows.',
    remedy: 'Look for long transactions in pg_stat_activity.',
  },
  'database.statement-timeout': {
    disposition: 'retry',
    what: 'Postgres ended a statement that took longer than its limit; the reconciler tries a smaller batch.',
    normal: 'Rarely, while the disk of the database is slow.',
    remedy:
      'Look for the statement that the message names in pg_stat_activity, for missing vacuum and for a slow disk.',
  },
  'database.read-only': {
    disposition: 'retry',
    what: 'The database takes no writes: a standby, or a primary that was demoted.',
    normal: 'During a failover.',
    remedy: 'Point DATABASE_URL at the primary.',
  },
  'database.exhausted': {
    disposition: 'retry',
    what: 'The database is out of disk, memory or connections.',
    normal: 'Never.',
    remedy:
      'Free disk, or raise max_connections; nothing is lost meanwhile, and nothing is minted.',
  },
  'database.serialization': {
    disposition: 'retry',
    what: 'The transaction lost a race and can be run again.',
    normal: 'Under concurrent changes of the same rows.',
    remedy: 'Nothing: it is run again.',
  },
  'service.starting': {
    disposition: 'retry',
    what: 'The service waits for what it stands on.',
    normal: 'For seconds, when services and stores start together.',
    remedy: 'See what `/readyz` names; after a minute the service ends with the reason in its log.',
  },
  'keys.unavailable': {
    disposition: 'retry',
    what: 'A key set could not be fetched.',
    normal: 'While the authority restarts; keys that are held go on being used.',
    remedy: 'See that the issuer URL and its jwks_uri can be reached from here.',
  },
  'keys.unusable': {
    disposition: 'retry',
    what: 'No key of the set may sign: each is denied, revoked or no longer published.',
    normal: 'Never where a next key waits in the set; `freshet keys rotate` always leaves one.',
    remedy: 'Run `freshet keys rotate FILE`; the running process takes the new key over by itself.',
  },
  'authority.unavailable': {
    disposition: 'retry',
    what: 'The authority could not be asked to judge a token at run time.',
    normal: 'For seconds, while the authority restarts; high-risk requests are denied meanwhile.',
    remedy:
      'See that the issuer URL can be reached from here, and that the client of this edge `introspects` its audience in the registry.',
  },
  'gateway.unavailable': {
    disposition: 'retry',
    what: 'The gateway did not answer an order that the console handed on; it may have been carried out.',
    normal: 'For seconds, while the gateway restarts.',
    remedy:
      'Look whether it was carried out, and see that FRESHET_GATEWAY_URL can be reached from here.',
  },
  'login.unavailable': {
    disposition: 'retry',
    what: 'The identity provider does not answer, or not as OpenID Connect says.',
    normal: 'For seconds, while the provider restarts; tokens of admins log in meanwhile.',
    remedy:
      'See that FRESHET_OIDC_ISSUER can be reached from the console and is what its metadata call it; `freshet doctor` asks.',
  },
  'edge.not-live': {
    disposition: 'retry',
    what: 'The edge has not caught up once yet.',
    normal: 'From the start of an edge until its first complete read.',
    remedy:
      'Wait for `edge.ready()`. With `timeoutMs` its error names what is missing; so does `/readyz` of the sidecar.',
  },
} as const
