import { DEV_TENANT } from '@freshet/cli/stack'
import type { Change } from '@freshet/protocol'
import { plantTokens } from '../pipeline/ledger.ts'
import { measureWide, WIDE_EDGES, type WideTimes } from '../pipeline/wide-change.ts'
import type { BenchContext, Readings, Scenario } from '../scenario.ts'
import { startStack } from '../stack/bench-stack.ts'

const HOLDERS = { quick: 100_000, full: 1_000_000 } as const
const TURNS = { quick: 1, full: 3 } as const
const PEOPLE = 50_000
const GROUP = 'staff'

/** One record that concerns every outstanding token of a tenant. */
export const cuttingOff: Scenario = {
  metrics: [
    {
      id: 'cutoff.1m.edges',
      unit: 'ms',
      about: `a tenant with 1 M tokens (quick: 100,000) is cut off: append → applied at the last of ${WIDE_EDGES} edges`,
      target: { atMost: 250 },
    },
    {
      id: 'cutoff.1m.ledger',
      unit: 'ms',
      about: 'the same: append → the last of them marked stale in the ledger',
      target: { atMost: 60_000 },
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startStack(context, ['reconciler', 'authority'])
  const size = context.quick ? 'quick' : 'full'
  const [holders, times] = [HOLDERS[size], [] as WideTimes[]]
  for (let n = 1; n <= TURNS[size]; n += 1) {
    context.progress(`planting ${holders} tokens`)
    const outstanding = { tokens: holders, people: PEOPLE, group: GROUP, isSpread: true }
    await plantTokens(stack.database, outstanding)
    // The tenant has one watermark, however often it is cut off.
    const cutOff = { change: cutOffOf(n), n, holders, watermarks: 1 }
    times.push(await measureWide(context, stack, cutOff))
  }
  return {
    'cutoff.1m.edges': times.map(({ edges }) => edges),
    'cutoff.1m.ledger': times.map(({ ledger }) => ledger),
  }
}

function cutOffOf(n: number): Change {
  return {
    kind: 'cut-off',
    tenant: DEV_TENANT,
    source: 'security',
    id: `cut-off-${n}`,
    scope: 'tenant',
    target: DEV_TENANT,
    sourceVersion: { epoch: 0n, n: BigInt(n) },
    sequence: BigInt(n),
    occurredAtMs: Date.now(),
  }
}
