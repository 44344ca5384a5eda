/** Errors of dependencies: broker, database, key sets, time. The process tries again. */
export const dependencyErrors = {
  'broker.unavailable': {
    disposition: 'retry',
    http: { gateway: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The broker did not answer as expected.',
    normal: 'A broker restarts or a leader moves, for some seconds.',
    remedy: 'Check that KAFKA_BROKERS names client ports that this process can reach.',
  },
  'broker.tls': {
    disposition: 'retry',
    http: { gateway: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'TLS with the broker failed: a certificate, a name or a port does not match the configuration.',
    normal: 'Certificates are being replaced.',
    remedy:
      'Change the setting that the message names: KAFKA_TLS_CA_FILE, the host in KAFKA_BROKERS, or the client certificate. A running process uses a new file without a restart. See docs/kafka.md.',
  },
  'broker.unauthenticated': {
    disposition: 'retry',
    http: { gateway: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The broker does not accept the user, its password or token, or the mechanism. Or the token endpoint refuses the client.',
    normal: 'A password, a secret or a key is being replaced.',
    remedy:
      'Compare KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password with the user of the broker. Compare KAFKA_SASL_CLIENT_ID and its secret with the client at KAFKA_SASL_TOKEN_URL. A running process uses a new KAFKA_SASL_PASSWORD_FILE or KAFKA_SASL_CLIENT_SECRET_FILE without a restart.',
  },
  'broker.denied': {
    disposition: 'retry',
    http: { gateway: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'An ACL of the broker does not allow the operation.',
    normal: 'Never.',
    remedy:
      'Give the principal the right that the message names. `freshet topic plan -o acl` prints the rules of every role.',
  },
  'broker.offset-lost': {
    disposition: 'retry',
    http: {},
    what: 'The requested records are no longer in the topic.',
    normal:
      'A process paused for longer than the retention. An edge then reads again from the base.',
    remedy:
      'Run `freshet topic verify`, which compares the retention of the topic with infra/topics.yaml.',
  },
  'connect.unavailable': {
    disposition: 'retry',
    http: {},
    what: 'The upstream system of a source did not answer as expected, or its list came to no proven end.',
    normal: 'The upstream system restarts, or its users changed while they were listed.',
    remedy:
      'Check that the upstream system answers this process, and that its list is whole. Nothing is removed meanwhile, and the claims of the source become unverified.',
  },
  'connect.refused': {
    disposition: 'retry',
    http: {},
    what: 'The upstream system of a source refuses the credentials, or what they ask for.',
    normal: 'A secret is being replaced.',
    remedy:
      'Compare the secret of the source with that of its client in the upstream system, and the roles of that client with the message.',
  },
  'connect.held': {
    disposition: 'retry',
    http: {},
    what: 'A comparison with the upstream system would take something from more subjects than `maxSweep` of the source allows.',
    normal:
      'Many people leave at once. Otherwise the upstream system answered wrongly, or was restored.',
    remedy:
      'Compare the removals with the upstream system. If they are right, raise `maxSweep` of the source until the removal is done. Until then nothing is sent, and the claims of the source are unverified.',
  },
  'database.unavailable': {
    disposition: 'retry',
    http: { gateway: 503, evaluation: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The database did not answer in time.',
    normal: 'Postgres restarts or fails over, for some seconds.',
    remedy: 'Check that DATABASE_URL names a primary that this process can reach.',
  },
  'database.tls': {
    disposition: 'retry',
    http: { gateway: 503, evaluation: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'TLS with the database failed: a certificate, a name or a port does not match DATABASE_URL.',
    normal: 'Certificates are being replaced.',
    remedy:
      'Change the part of DATABASE_URL that the message names: its host, sslrootcert, or sslcert and sslkey. See docs/postgres.md#tls.',
  },
  'database.timeout': {
    disposition: 'retry',
    http: { gateway: 503, evaluation: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'A wait for a lock took longer than its limit.',
    normal: 'Another transaction holds the same rows. This is rare.',
    remedy: 'Look for long transactions in pg_stat_activity.',
  },
  'database.statement-timeout': {
    disposition: 'retry',
    http: { gateway: 503, evaluation: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'Postgres ended a statement that took longer than its limit. The reconciler tries a smaller batch.',
    normal: 'The disk of the database is slow. This is rare.',
    remedy:
      'Look in pg_stat_activity for the statement that the message names. Check for missing vacuum and for a slow disk.',
  },
  'database.read-only': {
    disposition: 'retry',
    http: { gateway: 503, evaluation: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The database accepts no writes: it is a standby, or a primary that was demoted.',
    normal: 'A failover is under way.',
    remedy: 'Point DATABASE_URL at the primary.',
  },
  'database.exhausted': {
    disposition: 'retry',
    http: { gateway: 503, evaluation: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The database is out of disk, memory or connections.',
    normal: 'Never.',
    remedy:
      'Free disk space, or raise max_connections. No change is lost meanwhile, and no token is minted.',
  },
  'database.serialization': {
    disposition: 'retry',
    http: { gateway: 503, evaluation: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The transaction lost a race with another one and can run again.',
    normal: 'Several changes touch the same rows at once.',
    remedy: 'Do nothing: the process runs the transaction again.',
  },
  'service.starting': {
    disposition: 'retry',
    http: { service: 503 },
    what: 'The service waits for a dependency.',
    normal: 'Services and stores start together, for some seconds.',
    remedy:
      'Read `/readyz`, which names the dependency. After a minute the service ends, and its log has the reason.',
  },
  'keys.unavailable': {
    disposition: 'retry',
    http: { console: 503, oauth: 503, edge: 503 },
    oauth: 'temporarily_unavailable',
    what: 'The process could not fetch a key set.',
    normal: 'The authority restarts. The process continues with the keys that it holds.',
    remedy: 'Check that this process can reach the issuer URL and its jwks_uri.',
  },
  'keys.unusable': {
    disposition: 'retry',
    http: { gateway: 503, console: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'No key of the set can sign: each is denied, revoked or no longer published.',
    normal: 'Never while a next key waits in the set. `freshet keys rotate` always leaves one.',
    remedy:
      'Run `freshet keys rotate FILE`. The running process takes the new key without a restart.',
  },
  'authority.unavailable': {
    disposition: 'retry',
    http: {},
    what: 'The edge could not ask the authority to judge a token at run time.',
    normal: 'The authority restarts, for some seconds. Edges deny high-risk requests meanwhile.',
    remedy:
      'Check that this edge can reach the issuer URL, and that its client `introspects` the audience in the registry.',
  },
  'gateway.unavailable': {
    disposition: 'retry',
    http: { console: 503 },
    what: 'The gateway did not answer an order that the console passed on. The order might have been carried out.',
    normal: 'The gateway restarts, for some seconds.',
    remedy:
      'Check whether the order was carried out, and that the console can reach FRESHET_GATEWAY_URL.',
  },
  'login.unavailable': {
    disposition: 'retry',
    http: { console: 503 },
    what: 'The identity provider does not answer, or not as OpenID Connect requires.',
    normal:
      'The provider restarts, for some seconds. Admins can log in with their tokens meanwhile.',
    remedy:
      'Check that the console can reach FRESHET_OIDC_ISSUER, and that it equals `issuer` of the provider’s metadata. `freshet doctor` tests both.',
  },
  'edge.not-live': {
    disposition: 'retry',
    http: {},
    what: 'The edge has not caught up since its start.',
    normal: 'An edge starts, until its first complete read.',
    remedy:
      'Wait for `edge.ready()`. With `timeoutMs` its error names the missing part; `/readyz` of the sidecar does, too.',
  },
} as const
