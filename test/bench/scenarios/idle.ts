import { setTimeout as pause } from 'node:timers/promises'
import { startStack, type Stack } from '@freshet/cli/stack'
import type { LocalPostgres } from '@freshet/local-postgres'
import { createDatabase, type Database } from '@freshet/postgres'
import { sampleOf } from '../measure/prometheus-histogram.ts'
import { repeat, type BenchContext, type Scenario } from '../scenario.ts'

/** The time until services have received each other's records and have finished their start. */
const SETTLES_MS = 15_000
/** The time in which V8 compiles the code that a process at rest runs again and again. */
const COMPILES_MS = 105_000
const SPAN_MS = { quick: 10_000, full: 30_000 } as const
const PER_CENT = 100
const SERVICES = ['reconciler', 'gateway', 'console', 'authority', 'sidecar'] as const

/**
 * Measures the cost of a stack in which nothing changes: three sources send a heartbeat each second, and two
 * edges follow.
 */
export const idling: Scenario = {
  metrics: [
    {
      id: 'idle.transactions',
      unit: '1/s',
      about: 'transactions of a whole stack in which nothing changes',
      target: { atMost: 40 },
    },
    {
      id: 'idle.statements',
      unit: '1/s',
      about: 'its statements, BEGIN and COMMIT too',
      target: { atMost: 100 },
    },
    {
      id: 'idle.reconciler',
      unit: '%',
      about: 'of one core, the reconciler',
      target: { atMost: 3 },
    },
    {
      id: 'idle.reconciler.new',
      unit: '%',
      about: 'of one core, the reconciler 15 s after its start, while V8 still compiles its code',
    },
    { id: 'idle.gateway', unit: '%', about: 'of one core, the gateway' },
    { id: 'idle.console', unit: '%', about: 'of one core, the console, without probes' },
    { id: 'idle.authority', unit: '%', about: 'of one core, the authority' },
    { id: 'idle.sidecar', unit: '%', about: 'of one core, one of two sidecars' },
  ],
  async run(context) {
    const [{ brokers }, postgres] = await Promise.all([context.kafka(), context.postgres()])
    const database = await countingStatements(context, postgres)
    const stack = await startStack({
      dir: await context.tempDir(),
      signal: context.signal,
      stores: { brokers, databaseUrl: postgres.url },
      onStep: (sentence) => context.progress(sentence),
      onDeath: (name, what) => context.progress(`${name} died: ${what}`),
    })
    context.defer(() => stack.stop())
    const during = (span: number): Promise<Counts> =>
      countsDuring(span, () => countsOf(database, stack))
    const span = context.quick ? SPAN_MS.quick : SPAN_MS.full
    await pause(SETTLES_MS)
    const young = await during(span)
    await pause(COMPILES_MS)
    const settled = await repeat(context, () => during(span))
    return { ...settled, 'idle.reconciler.new': [young['idle.reconciler'] ?? 0] }
  },
}

type Counts = Readonly<Record<string, number>>

/** Returns how much each count grows in a second, on average over the time. */
async function countsDuring(forMs: number, counts: () => Promise<Counts>): Promise<Counts> {
  const before = await counts()
  await pause(forMs)
  const after = await counts()
  const seconds = forMs / 1_000
  return Object.fromEntries(
    Object.entries(after).map(([id, value]) => [id, (value - (before[id] ?? 0)) / seconds]),
  )
}

/** Makes the server count statements from its next start on. */
async function countingStatements(
  context: BenchContext,
  postgres: LocalPostgres,
): Promise<Database> {
  const open = (): Database =>
    createDatabase({ url: postgres.url, applicationName: 'freshet-bench' })
  const first = open()
  await run(first, `ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`)
  await first.close()
  await postgres.restart('SIGINT')
  const database = open()
  context.defer(() => database.close())
  await run(database, 'CREATE EXTENSION pg_stat_statements')
  return database
}

async function run(database: Database, text: string): Promise<void> {
  await database.query({ name: '', text })
}

/** Returns the counts since the start, by metric; processor time in per cent of a second. */
async function countsOf(database: Database, stack: Stack): Promise<Counts> {
  const { rows } = await database.query<{ transactions: bigint; statements: bigint }>({
    name: '',
    text: `
      SELECT (SELECT sum(xact_commit + xact_rollback)::bigint FROM pg_stat_database) AS transactions,
        (SELECT sum(calls)::bigint FROM pg_stat_statements) AS statements`,
  })
  const shares = await Promise.all(
    SERVICES.map(async (name) => {
      const text = await (await fetch(new URL('/metrics', stack.at[name]))).text()
      return [`idle.${name}`, sampleOf(text, 'process_cpu_seconds_total') * PER_CENT] as const
    }),
  )
  return {
    'idle.transactions': Number(rows[0]?.transactions ?? 0n),
    'idle.statements': Number(rows[0]?.statements ?? 0n),
    ...Object.fromEntries(shares),
  }
}
