/** Of configuration and installation: a person has to change something. */
export const setUpErrors = {
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
    what: 'Another policy version is active than the one that this process has loaded.',
    normal: 'For moments after an activation, in processes that have not loaded the file yet.',
    remedy: 'Give every process the same registry file as the one that was activated.',
  },
  'topic.mismatch': {
    disposition: 'stop',
    what: 'A topic is not as infra/topics.yaml plans it.',
    normal: 'Never. The number of partitions in particular is never changed in place.',
    remedy: 'Run `freshet topic verify`, then `freshet topic apply` for what can be set.',
  },
  'database.migration': {
    disposition: 'stop',
    what: 'The database schema is not the one this build needs.',
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
