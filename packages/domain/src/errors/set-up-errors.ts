/** Of configuration and installation: a person has to change something. */
export const setUpErrors = {
  'tenants.unnamed': {
    disposition: 'retry',
    what: 'Several tenants have tokens for the audience, and the edge does not name the tenants that it serves.',
    normal:
      'After a policy version gives a second tenant an audience, until its edges name their tenants.',
    remedy:
      'Set `tenants` of `createEdge`, or `FRESHET_TENANTS` of the sidecar: the tenants that the service serves, or `*` for all.',
  },
  'config.invalid': {
    disposition: 'stop',
    what: 'The configuration cannot be used as it is.',
    normal: 'Never in a running system: a process finds it before it serves anything.',
    remedy:
      'Correct the variable or option that the message names; docs/configuration.md lists all.',
  },
  'registry.invalid': {
    disposition: 'stop',
    what: 'The claim registry breaks one of its rules.',
    normal: 'While a registry file is being edited.',
    remedy: 'Run `freshet registry lint FILE`, which names each finding, its place and its fix.',
  },
  'registry.not-loaded': {
    disposition: 'retry',
    what: 'A policy version is active whose text this process does not have.',
    normal: 'For moments after an activation; and after a restore to before it was published.',
    remedy:
      'Run `freshet registry publish FILE` with the very file of that version, as the message says. Where another text stands under its number, start the process with that file as FRESHET_REGISTRY.',
  },
  'registry.unpublished': {
    disposition: 'quarantine',
    what: 'Nobody has published a policy version of that number.',
    normal: 'When a version is activated before it is published.',
    remedy: 'Run `freshet registry publish FILE` first.',
  },
  'registry.conflict': {
    disposition: 'quarantine',
    what: 'Something else was published or ordered under that policy version.',
    normal: 'When a file was edited without raising its version.',
    remedy: 'Raise `version` in the file: what was published once never changes.',
  },
  'registry.tightens': {
    disposition: 'quarantine',
    what: 'The policy version takes something away that tokens already out would go on with.',
    normal: 'When a life is made shorter, a claim moves, or an audience loses a claim.',
    remedy:
      'Activate it with `--minimum` as the message says: older tokens are stale then, and are minted again.',
  },
  'slo.invalid': {
    disposition: 'stop',
    what: 'The file of objectives breaks one of its rules.',
    normal: 'While infra/slo/slos.yaml is being edited.',
    remedy:
      'Correct what the message names: document, member and rule; docs/slos.md tells the rules.',
  },
  'topic.compressed': {
    disposition: 'retry',
    what: 'A topic holds a batch that is compressed in a way that is not read; its partition waits there, others go on.',
    normal: 'Never, as long as the topic has compression.type=uncompressed.',
    remedy:
      'Set compression.type=uncompressed on the topic, then take the batch out of it: docs/kafka.md.',
  },
  'topic.mismatch': {
    disposition: 'stop',
    what: 'A topic is not as infra/topics.yaml plans it.',
    normal: 'Never. The number of partitions in particular is never changed in place.',
    remedy: 'Run `freshet topic verify`, then `freshet topic apply` for what can be set.',
  },
  'database.privilege': {
    disposition: 'stop',
    what: 'The login of DATABASE_URL lacks a privilege that a migration needs.',
    normal: 'When a login without CREATEROLE, or without CREATE in the schema, migrates.',
    remedy:
      'Let a database administrator run the SQL of the message, then `freshet db migrate` again.',
  },
  'database.pooled': {
    disposition: 'stop',
    what: 'A pooler before Postgres does not keep one server connection for each connection.',
    normal: 'Never. Freshet needs session pooling: roles and limits belong to a connection.',
    remedy:
      'Set `pool_mode = session` in PgBouncer for this database, or point DATABASE_URL at Postgres itself; docs/postgres.md says more.',
  },
  'database.migration': {
    disposition: 'stop',
    what: 'The database schema is not the one this build needs, or its roles are not.',
    normal: 'Between the start of a new version and its migration.',
    remedy: 'Run `freshet db migrate`; a schema newer than the build needs a newer build.',
  },
  'invariant.broken': {
    disposition: 'crash',
    what: 'The program found itself in the wrong.',
    normal: 'Never: it is a defect of Freshet.',
    remedy:
      'Keep the log around it and report it. The process ends, and starts from what is stored.',
  },
} as const
