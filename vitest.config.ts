import { defineConfig } from 'vitest/config'
import type { Form } from './test/setup/form.ts'

/**
 * Vitest hands these to Node too, so `module` is not among them: it marks builds for bundlers, which
 * Node cannot load (@opentelemetry/api has one).
 */
const conditions = ['source', 'node', 'development|production']
const needsServices = ['pg', 'kafka', 'e2e']
const explored = 'test/{simulation,hostile,prometheus,outside,deploy}/**/*.test.ts'
/** What a test waits for has this long, on a slow machine too: Vitest's own second is no bound of ours. */
const waits = { poll: { timeout: 20_000 } }
const suffix = (name: string): string => `{packages,services,infra,test}/**/*.${name}.test.ts`

/** The files that a form leaves out: the whole form runs all, the short form those without `long` in their name. */
const leftOut: Readonly<Record<Form, readonly string[]>> = {
  short: ['**/node_modules/**', '**/*.long.test.ts', '**/*.long.*.test.ts'],
  whole: ['**/node_modules/**'],
}

/** Thousands of seeds and slow days: without services, but too long for the loop of whoever writes code. */
function exploring(form: Form, name: string, include: string, given: string[]) {
  return {
    resolve: { conditions: given },
    ssr: { resolve: { conditions: given } },
    test: {
      name,
      include: [include],
      exclude: [...leftOut[form], ...needsServices.map(suffix)],
      provide: { form },
      maxWorkers: 2,
      isolate: false,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      expect: waits,
      sequence: { groupOrder: 0 },
    },
  }
}

/**
 * Suites that need a broker or a database. Those of `pg` and `kafka` run one file at a time; a file with
 * a stack mostly waits, so two of them run beside each other, each on a broker of its own.
 */
function withServices(form: Form, name: string, globalSetup: string[], maxWorkers: number) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include: [suffix(name)],
      exclude: [...leftOut[form]],
      provide: { form },
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

/** Without `isolate`, files share what they import: no test mocks a module, and this takes half the time. */
export function projectsOf(form: Form) {
  return [
    {
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name: 'unit',
        include: ['{packages,services,infra,test}/**/*.test.ts'],
        exclude: [...leftOut[form], '**/dist/**', explored, ...needsServices.map(suffix)],
        provide: { form },
        maxWorkers: 2,
        isolate: false,
        testTimeout: 120_000,
        hookTimeout: 60_000,
        expect: waits,
        sequence: { groupOrder: 0 },
      },
    },
    exploring(form, 'explore', 'test/{hostile,prometheus,outside,deploy}/**/*.test.ts', conditions),
    // With as few partitions as `npm run sim` has.
    exploring(form, 'explore-simulated', 'test/simulation/**/*.test.ts', [
      'freshet-simulation',
      ...conditions,
    ]),
    withServices(form, 'pg', ['test/setup/postgres.ts'], 1),
    withServices(form, 'kafka', ['test/setup/kafka.ts'], 1),
    withServices(form, 'e2e', ['test/setup/postgres.ts', 'test/setup/stack-brokers.ts'], 2),
  ]
}

/** `npm test` sets TEST_FORM. Vitest by itself runs the whole form. */
const form: Form = process.env['TEST_FORM'] === 'short' ? 'short' : 'whole'

export default defineConfig({ test: { projects: projectsOf(form) } })
