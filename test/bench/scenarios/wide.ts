import { setTimeout as sleep } from 'node:timers/promises'
import { DEV_TENANT } from '@freshet/cli/stack'
import type { Change } from '@freshet/domain'
import { CHANGES_TOPIC, encodeChange, stampRecord } from '@freshet/events'
import type { Database } from '@freshet/postgres'
import { lastOf, wantedOf } from '../end-to-end/deliveries.ts'
import { startEdges, type RunningEdges } from '../end-to-end/edges.ts'
import { checkpointsOver, publishedOf } from '../end-to-end/published.ts'
import { NS_PER } from '../measure/latencies.ts'
import { plantTokens } from '../pipeline/ledger.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'

const HOLDERS = 100_000
const PEOPLE = 50_000
const EDGES = 10
const POLL_MS = 5
const MARKED_WITHIN_MS = 60_000

/** One record that concerns a hundred thousand outstanding tokens. */
export const withdrawing: Scenario = {
  metrics: [
    {
      id: 'wide.100k.edges',
      unit: 'ms',
      about: `a value is withdrawn from 100,000 tokens: append → applied at the last of ${EDGES} edges`,
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
  const writer = stack.kafka.writer()
  const { database } = stack
  let n = 0
  return repeat(context, async () => {
    n += 1
    const group = `project-${n}`
    await plantTokens(database, { tokens: HOLDERS, people: PEOPLE, group })
    const edges = await startEdges(context, stack, { processes: 1, readers: EDGES })
    const change = withdrawalOf(group, n)
    const stamp = { partition: 0, number: BigInt(n) }
    const record = stampRecord(encodeChange(change), stamp, stack.macKey)
    const { appendedAtMs } = await writer.append(CHANGES_TOPIC, 0, [record])
    const marked = await markedAtMs(database, change.id)
    const applied = await appliedAtMs(context, stack, { edges, id: change.id, watermarks: n })
    return {
      'wide.100k.edges': applied - appendedAtMs,
      'wide.100k.ledger': marked - appendedAtMs,
    }
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

/** When marking was through, within a few milliseconds. */
async function markedAtMs(database: Database, id: string): Promise<number> {
  const statement = {
    name: 'bench-marked',
    text: 'SELECT marked FROM wide_mark WHERE change = $1 AND done',
  }
  const deadlineMs = Date.now() + MARKED_WITHIN_MS
  for (;;) {
    const { rows } = await database.query<{ marked: number }>(statement, [id])
    const nowMs = Date.now()
    const [mark] = rows
    if (mark !== undefined && mark.marked !== HOLDERS)
      throw new Error(`${mark.marked} of ${HOLDERS} tokens were marked.`)
    if (mark !== undefined) return nowMs
    if (nowMs > deadlineMs) throw new Error('The ledger is not marked within a minute.')
    await sleep(POLL_MS)
  }
}

interface Awaited {
  readonly edges: RunningEdges
  readonly id: string
  readonly watermarks: number
}

/** When the last edge had taken in the revocation. */
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
