/** Errors of configuration and installation: a person has to change something. */
export const setUpErrors = {
  'tenants.unnamed': {
    disposition: 'retry',
    http: { edge: 503 },
    what: 'Several tenants have tokens for the audience, and the edge does not name its tenants.',
    normal:
      'A policy version gave a second tenant the audience, and its edges do not name their tenants yet.',
    remedy:
      'Set `tenants` of `createEdge`, or `FRESHET_TENANTS` of the sidecar, to the tenants of the service, or to `*` for all.',
  },
  'config.invalid': {
    disposition: 'stop',
    http: {},
    what: 'The process cannot use the configuration.',
    normal:
      'Never in a running system: a process checks its configuration before it serves requests.',
    remedy:
      'Correct the variable or option that the message names. docs/configuration.md lists all of them.',
  },
  'registry.invalid': {
    disposition: 'stop',
    http: { gateway: 422 },
    what: 'The registry breaks one of its rules.',
    normal: 'A registry file is being edited.',
    remedy: 'Run `freshet registry lint FILE`, which names each finding, its place and its fix.',
  },
  'registry.not-loaded': {
    disposition: 'retry',
    http: { gateway: 503, evaluation: 503, sidecar: 503, oauth: 503 },
    oauth: 'temporarily_unavailable',
    what: 'A policy version is active, and this process does not have its text.',
    normal:
      'A version was activated moments ago, or the database was restored to a state before its publication.',
    remedy:
      'Run `freshet registry publish FILE` with the file that the message names. If another text has that number, start the process with the file as FRESHET_REGISTRY.',
  },
  'registry.unpublished': {
    disposition: 'quarantine',
    http: { gateway: 404 },
    what: 'No policy version of that number is published.',
    normal: 'An admin activates a version before its publication.',
    remedy: 'Run `freshet registry publish FILE` first.',
  },
  'registry.conflict': {
    disposition: 'quarantine',
    http: { gateway: 409 },
    what: 'Another content was published or ordered under that policy version.',
    normal: 'A file was edited, and its version is the same.',
    remedy: 'Raise `version` in the file. A published version never changes.',
  },
  'registry.tightens': {
    disposition: 'quarantine',
    http: { gateway: 422 },
    what: 'The policy version restricts rights that outstanding tokens would keep.',
    normal: 'A version shortens a token life, moves a claim, or takes a claim from an audience.',
    remedy:
      'Activate it with `--minimum` as the message shows. Older tokens become stale, and clients get new ones.',
  },
  'slo.invalid': {
    disposition: 'stop',
    http: {},
    what: 'The file of objectives breaks one of its rules.',
    normal: 'An operator edits infra/slo/slos.yaml.',
    remedy:
      'Correct the document, member and rule that the message names. docs/slos.md has the rules.',
  },
  'topic.compressed': {
    disposition: 'retry',
    http: { gateway: 503, console: 503 },
    what: 'The topic holds a batch with a codec that Freshet does not read. Its partition waits there; other partitions continue.',
    normal: 'Never while the topic has compression.type=uncompressed.',
    remedy:
      'Set compression.type=uncompressed on the topic, then remove the batch as docs/kafka.md shows.',
  },
  'topic.mismatch': {
    disposition: 'stop',
    http: { gateway: 500, oauth: 500 },
    oauth: 'server_error',
    what: 'A topic differs from its plan in infra/topics.yaml.',
    normal: 'Never. The number of partitions in particular never changes.',
    remedy:
      'Run `freshet topic verify`, then `freshet topic apply` for the settings that it can change.',
  },
  'database.privilege': {
    disposition: 'stop',
    http: { gateway: 500, evaluation: 500, console: 500, oauth: 500 },
    oauth: 'server_error',
    what: 'The login of DATABASE_URL lacks a privilege or a role that the process needs.',
    normal:
      'A migration or a service uses a login that was created without the SQL of `freshet db roles -o sql`.',
    remedy:
      'Let a database administrator run the SQL of the message, or the output of `freshet db roles -o sql`. Then start the process again.',
  },
  'database.pooled': {
    disposition: 'stop',
    http: { gateway: 503, evaluation: 503, console: 503, oauth: 500 },
    oauth: 'server_error',
    what: 'A pooler in front of Postgres does not keep one server connection for each client connection.',
    normal:
      'Never. Freshet needs session pooling, because roles and limits belong to a connection.',
    remedy:
      'Set `pool_mode = session` in PgBouncer for this database, or point DATABASE_URL at Postgres itself. See docs/postgres.md.',
  },
  'database.version': {
    disposition: 'stop',
    http: {},
    what: 'The server of the database is an older Postgres than Freshet supports.',
    normal: 'Never. A process reads the version each time that it connects.',
    remedy:
      'Upgrade the server, or point DATABASE_URL at a newer one. docs/features.md has the supported versions.',
  },
  'database.migration': {
    disposition: 'stop',
    http: { gateway: 500, evaluation: 500, console: 500, oauth: 500 },
    oauth: 'server_error',
    what: 'The database schema or its roles do not match this build.',
    normal: 'A new version has started, and the migration has not run yet.',
    remedy: 'Run `freshet db migrate`. If the schema is newer than the build, use a newer build.',
  },
  'invariant.broken': {
    disposition: 'crash',
    http: { service: 500, gateway: 500, oauth: 500 },
    oauth: 'server_error',
    what: 'The program reached a state that must not exist.',
    normal: 'Never. It is a defect of Freshet.',
    remedy:
      'Keep the log around it and report it. The process ends and starts from its stored state.',
  },
} as const
