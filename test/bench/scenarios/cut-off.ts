import { setTimeout as sleep } from 'node:timers/promises'
import { DEV_TENANT } from '@freshet/cli/stack'
import type { Change } from '@freshet/protocol'
import { CHANGES_TOPIC, encodeChange, stampRecord } from '@freshet/wire'
import type { Database } from '@freshet/postgres'
import { plantTokens } from '../pipeline/ledger.ts'
import type { BenchContext, Readings, Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { lastOf, wantedOf } from '../end-to-end/deliveries.ts'
import { startEdges, type RunningEdges } from '../end-to-end/edges.ts'
import { checkpointsOver, publishedOf } from '../end-to-end/published.ts'
import { NS_PER } from '../measure/latencies.ts'

const HOLDERS = { quick: 100_000, full: 1_000_000 } as const
const TURNS = { quick: 1, full: 3 } as const
const PEOPLE = 50_000
const GROUP = 'staff'
/** Edges that apply the change, all in one process. */
const WIDE_EDGES = 10
const POLL_MS = 5
const MARKED_WITHIN_MS = 120_000

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

/** One record that concerns many outstanding tokens: the n-th of its source, from 1. */
interface WideChange {
  readonly change: Change
  readonly n: number
  /** Tokens that it makes stale. */
  readonly holders: number
  /** The number of watermarks that an edge holds after it. */
  readonly watermarks: number
}

/** The durations of the change, in milliseconds from the append of the record. */
interface WideTimes {
  /** Time until the last edge had applied it. */
  readonly edges: number
  /** Time until the last token was marked stale in the ledger. */
  readonly ledger: number
}

/** Appends it, and measures until every edge refuses, and every token is marked. */
async function measureWide(
  context: BenchContext,
  stack: BenchStack,
  { change, n, holders, watermarks }: WideChange,
): Promise<WideTimes> {
  const edges = await startEdges(context, stack, { processes: 1, readers: WIDE_EDGES })
  const stamp = { partition: 0, number: BigInt(n) }
  const record = stampRecord(encodeChange(change), stamp, stack.macKey)
  const { appendedAtMs } = await stack.kafka.writer().append(CHANGES_TOPIC, 0, [record])
  const marked = await markedAtMs(stack.database, { id: change.id, holders })
  const applied = await appliedAtMs(context, stack, { edges, id: change.id, watermarks })
  return { edges: applied - appendedAtMs, ledger: marked - appendedAtMs }
}

interface Marked {
  readonly id: string
  readonly holders: number
}

/** Returns the time at which marking ended, within a few milliseconds. */
async function markedAtMs(database: Database, { id, holders }: Marked): Promise<number> {
  const statement = {
    name: 'bench-marked',
    text: `SELECT tokens_marked AS marked FROM change_log c WHERE id = $1
      AND NOT EXISTS (SELECT FROM token_mark m WHERE m.change = c.id)`,
  }
  const deadlineMs = Date.now() + MARKED_WITHIN_MS
  for (;;) {
    const { rows } = await database.query<{ marked: number }>(statement, [id])
    const nowMs = Date.now()
    const [change] = rows
    if (change !== undefined && change.marked !== holders)
      throw new Error(`${change.marked} of ${holders} tokens were marked.`)
    if (change !== undefined) return nowMs
    if (nowMs > deadlineMs) throw new Error('The ledger is not marked within two minutes.')
    await sleep(POLL_MS)
  }
}

interface Awaited {
  readonly edges: RunningEdges
  readonly id: string
  readonly watermarks: number
}

/** Returns the time at which the last edge had applied the revocation. */
async function appliedAtMs(
  context: BenchContext,
  { database, kafka }: BenchStack,
  { edges, id, watermarks }: Awaited,
): Promise<number> {
  const wanted = wantedOf(await checkpointsOver(kafka.reader(), await publishedOf(database, id, 1)))
  const [[partition, offsets] = [0, []]] = [...wanted]
  const offset = offsets[0] ?? 0
  const readers = await edges.finish([[partition, offset + 1]], watermarks)
  const lastNs = lastOf(readers, wanted).get(partition)?.get(offset) ?? Number.NaN
  return Date.now() + (lastNs - context.clock.nowNs()) / NS_PER.ms
}
