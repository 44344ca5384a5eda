import { DEV_TENANT } from '@freshet/cli/stack'
import type { Change } from '@freshet/protocol'
import { plantTokens } from '../pipeline/ledger.ts'
import { measureWide, WIDE_EDGES } from '../pipeline/wide-change.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack } from '../stack/bench-stack.ts'

const HOLDERS = 100_000
const PEOPLE = 50_000

/** Measures one record that concerns a hundred thousand outstanding tokens. */
export const withdrawing: Scenario = {
  metrics: [
    {
      id: 'wide.100k.edges',
      unit: 'ms',
      about: `a value is withdrawn from 100,000 tokens: append → applied at the last of ${WIDE_EDGES} edges`,
      target: { atMost: 250 },
    },
    {
      id: 'wide.100k.ledger',
      unit: 'ms',
      about: 'the same: append → the last of the 100,000 tokens marked stale in the ledger',
      target: { atMost: 3_000 },
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startStack(context, ['reconciler', 'authority'])
  let n = 0
  return repeat(context, async () => {
    n += 1
    const group = `project-${n}`
    await plantTokens(stack.database, { tokens: HOLDERS, people: PEOPLE, group })
    const withdrawn = { change: withdrawalOf(group, n), n, holders: HOLDERS, watermarks: n }
    const { edges, ledger } = await measureWide(context, stack, withdrawn)
    return { 'wide.100k.edges': edges, 'wide.100k.ledger': ledger }
  })
}

function withdrawalOf(group: string, n: number): Change {
  return {
    kind: 'value-withdrawn',
    tenant: DEV_TENANT,
    source: 'hr',
    id: `withdrawn-${n}`,
    claim: 'groups',
    value: group,
    sourceVersion: { epoch: 0n, n: BigInt(n) },
    occurredAtMs: Date.now(),
  }
}
