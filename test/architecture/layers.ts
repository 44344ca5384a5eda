/** The layer table of ARCHITECTURE.md: the allowed imports of a workspace, by the name of its folder. */
export type Layer =
  | 'protocol'
  | 'wire'
  | 'registry'
  | 'edge'
  | 'source'
  | 'use case'
  | 'adapter'
  | 'service'
  | 'testing'
  | 'testkit'
  | 'dev stack'
  | 'infra'
  | 'ground'

/** Every workspace has a row; one without fails the test. */
export const layerOf: Readonly<Record<string, Layer>> = {
  'packages/protocol': 'protocol',
  'packages/wire': 'wire',
  'packages/registry': 'registry',
  'packages/intake': 'use case',
  'packages/reconciler': 'use case',
  'packages/authority': 'use case',
  'packages/connect': 'use case',
  'packages/scim': 'use case',
  'packages/edge': 'edge',
  'packages/source': 'source',
  'packages/insight': 'use case',
  'packages/audit': 'use case',
  'packages/kafka': 'adapter',
  'packages/postgres': 'adapter',
  'packages/memory': 'adapter',
  'packages/connectors': 'adapter',
  'packages/cedar': 'adapter',
  'packages/telemetry': 'adapter',
  'packages/runtime': 'adapter',
  'packages/testing': 'testing',
  'packages/testkit': 'testkit',
  'packages/dev-stack': 'dev stack',
  'packages/cli': 'service',
  'services/gateway': 'service',
  'services/reconciler': 'service',
  'services/authority': 'service',
  'services/console': 'service',
  'services/sidecar': 'service',
  'services/connect': 'service',
  'infra/contracts': 'ground',
  'infra/kafka': 'infra',
  'infra/keycloak': 'infra',
  'infra/postgres': 'infra',
  'infra/owned-dir': 'ground',
  'infra/site': 'ground',
}

type Permission = 'yes' | 'types'

/** Every other import is forbidden, so no layer imports itself. */
export const mayImport: Readonly<Record<Layer, Readonly<Partial<Record<Layer, Permission>>>>> = {
  protocol: {},
  wire: { protocol: 'yes' },
  registry: { protocol: 'yes', wire: 'yes' },
  // An application installs the edge, so its tree stays small: it reads the registry's data from the wire.
  edge: { protocol: 'yes', wire: 'yes' },
  // A source installs its client, so its tree stays small.
  source: { protocol: 'yes', wire: 'yes' },
  'use case': { protocol: 'yes', wire: 'yes', registry: 'yes' },
  adapter: {
    protocol: 'yes',
    wire: 'yes',
    registry: 'yes',
    edge: 'types',
    source: 'yes',
    'use case': 'types',
  },
  service: {
    protocol: 'yes',
    wire: 'yes',
    registry: 'yes',
    edge: 'yes',
    source: 'yes',
    'use case': 'yes',
    adapter: 'yes',
  },
  // Users install it for their tests, so its tree is that of the edge.
  testing: { protocol: 'yes', wire: 'yes', edge: 'types' },
  testkit: {
    testing: 'yes',
    protocol: 'yes',
    wire: 'yes',
    registry: 'yes',
    edge: 'yes',
    'use case': 'yes',
    adapter: 'types',
  },
  // It is apart from the command line, so that an installation of operators does not carry it.
  'dev stack': { infra: 'yes', edge: 'types' },
  infra: { protocol: 'yes', ground: 'yes' },
  ground: {},
}

/** The one service that starts the others, and the stores that they need by the dev stack. */
export const STARTER = 'packages/cli'

/** External packages that stay behind one port. */
export const onlyIn: Readonly<Record<string, string>> = {
  kafkajs: 'packages/kafka',
  pg: 'packages/postgres',
  'prom-client': 'packages/telemetry',
  '@cedar-policy/cedar-wasm': 'packages/cedar',
}

/**
 * Places that use such a package itself: floors of the benchmark, the client of a witness outside the product, and the
 * reader of an application's database, which has no schema of ours.
 */
export const WITHOUT_OURS: readonly string[] = [
  'test/bench/floor/',
  'test/failover/leaders.ts',
  'packages/connectors/src/outbox/',
  'test/connect/outbox-',
]
