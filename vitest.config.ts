import { defineConfig } from 'vitest/config'

/**
 * Vitest hands these to Node too, so `module` is not among them: it marks builds for bundlers, which
 * Node cannot load (@opentelemetry/api has one).
 */
const conditions = ['source', 'node', 'development|production']
const needsServices = ['pg', 'kafka', 'e2e']
const explored = 'test/{simulation,hostile,prometheus,browser,outside,deploy}/**/*.test.ts'
/** What a test waits for has this long, on a slow machine too: Vitest's own second is no bound of ours. */
const waits = { poll: { timeout: 20_000 } }
const suffix = (name: string): string => `{packages,services,infra,test}/**/*.${name}.test.ts`

/** Thousands of seeds and slow days: without services, but too long for the loop of whoever writes code. */
function exploring(name: string, include: string, given: string[]) {
  return {
    resolve: { conditions: given },
    ssr: { resolve: { conditions: given } },
    test: {
      name,
      include: [include],
      exclude: ['**/node_modules/**', ...needsServices.map(suffix)],
      maxWorkers: 2,
      isolate: false,
      testTimeout: 120_000,
      hookTimeout: 60_000,
      expect: waits,
      sequence: { groupOrder: 0 },
    },
  }
}

/**
 * Suites that need a broker or a database. Those of `pg` and `kafka` run one file at a time; a file with
 * a stack mostly waits, so two of them run beside each other, each on a broker of its own.
 */
function withServices(name: string, globalSetup: string[], maxWorkers: number) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include: [suffix(name)],
      globalSetup,
      pool: 'forks' as const,
      maxWorkers,
      isolate: false,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      expect: waits,
      sequence: { groupOrder: 1 + needsServices.indexOf(name) },
      env: { NODE_ENV: 'production', KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    },
  }
}

/** Resolves kafkajs to its newest beta: imports by the alias, and what is required by the script. */
const nextKafkajs = {
  conditions,
  alias: [{ find: /^kafkajs(?=\/|$)/, replacement: 'kafkajs-next' }],
}

/**
 * Other clients than the pinned kafkajs, on a broker that has listeners with TLS and SASL. A few suites of
 * `kafka` run on the newest beta of kafkajs, as an early warning. The adapter of a benchmark keeps the ports.
 */
function withOtherClients() {
  const { test } = withServices('kafka', ['test/kafkajs-next/broker.ts'], 1)
  return {
    resolve: nextKafkajs,
    ssr: { resolve: nextKafkajs },
    test: {
      ...test,
      name: 'kafka-clients',
      include: [
        'test/kafkajs-next/*.test.ts',
        'test/bench/client/*.test.ts',
        'packages/kafka/src/kafka.kafka.test.ts',
        'services/sidecar/src/edge-on-kafka.kafka.test.ts',
      ],
      execArgv: ['--import', './test/kafkajs-next/require-next.mjs'],
    },
  }
}

/** Without `isolate`, files share what they import: no test mocks a module, and this takes half the time. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: 'unit',
          include: ['{packages,services,infra,test}/**/*.test.ts'],
          exclude: [
            '**/node_modules/**',
            '**/dist/**',
            'test/{kafkajs-next,bench/client}/**',
            explored,
            ...needsServices.map(suffix),
          ],
          maxWorkers: 2,
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: waits,
          sequence: { groupOrder: 0 },
        },
      },
      exploring(
        'explore',
        'test/{hostile,prometheus,browser,outside,deploy}/**/*.test.ts',
        conditions,
      ),
      // With as few partitions as `npm run sim` has.
      exploring('explore-simulated', 'test/simulation/**/*.test.ts', [
        'freshet-simulation',
        ...conditions,
      ]),
      withServices('pg', ['test/setup/postgres.ts'], 1),
      withServices('kafka', ['test/setup/kafka.ts'], 1),
      withOtherClients(),
      withServices('e2e', ['test/setup/postgres.ts', 'test/setup/stack-brokers.ts'], 2),
    ],
  },
})
