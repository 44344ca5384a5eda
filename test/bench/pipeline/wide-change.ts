import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '@freshet/protocol'
import { CHANGES_TOPIC, encodeChange, stampRecord } from '@freshet/wire'
import type { Database } from '@freshet/postgres'
import { lastOf, wantedOf } from '../end-to-end/deliveries.ts'
import { startEdges, type RunningEdges } from '../end-to-end/edges.ts'
import { checkpointsOver, publishedOf } from '../end-to-end/published.ts'
import { NS_PER } from '../measure/latencies.ts'
import type { BenchContext } from '../scenario.ts'
import type { BenchStack } from '../stack/bench-stack.ts'

/** Edges that apply the change, all in one process. */
export const WIDE_EDGES = 10
const POLL_MS = 5
const MARKED_WITHIN_MS = 120_000

/** One record that concerns many outstanding tokens: the n-th of its source, from 1. */
export interface WideChange {
  readonly change: Change
  readonly n: number
  /** Tokens that it makes stale. */
  readonly holders: number
  /** The number of watermarks that an edge holds after it. */
  readonly watermarks: number
}

/** The durations of the change, in milliseconds from the append of the record. */
export interface WideTimes {
  /** Time until the last edge had applied it. */
  readonly edges: number
  /** Time until the last token was marked stale in the ledger. */
  readonly ledger: number
}

/** Appends it, and measures until every edge refuses, and every token is marked. */
export async function measureWide(
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
