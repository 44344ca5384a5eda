import { intendedAtNs } from '../measure/open-loop.ts'
import { Latencies, NS_PER } from '../measure/latencies.ts'
import type { Distribution } from '../measure/distribution.ts'
import { appendAll, type Placed } from '../pipeline/feed.ts'
import { startPipeline, type Pipeline } from '../pipeline/pipeline.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

/** The rates that are offered one after the other; the first is the target. */
const RATES = [5_000, 7_500, 10_000] as const
/** The time between a gateway's appends to each partition under load. */
const APPEND_EVERY_MS = 20
/** A rate is sustained if everything is published so soon after the last arrival. */
const BEHIND_MAX_MS = 1_000

/** Measures how many changes a second the reconciler keeps up with. */
export const sustaining: Scenario = {
  metrics: [
    {
      id: 'reconcile.sustained',
      unit: '1/s',
      about: `the highest of ${RATES.join(', ')} changes/s, offered for seconds in an open loop, that is published within 1 s of the last arrival`,
      target: { atLeast: RATES[0] },
    },
    {
      id: 'reconcile.sustained.latency',
      unit: 'ms',
      about: `intended arrival → append of the revocation, at ${RATES[0]} changes/s`,
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const pipeline = await startPipeline(context)
  await pipeline.startReconciler()
  const seconds = context.quick ? 3 : 10
  return repeat(context, async () => {
    let held = 0
    let latency: Distribution | undefined
    for (const rate of RATES) {
      const offered = await offer(context, pipeline, rate, seconds)
      latency ??= await latencyOf(pipeline, offered)
      if (offered.behindMs > BEHIND_MAX_MS) break
      held = rate
    }
    if (latency === undefined) throw new Error('Nothing was offered.')
    return { 'reconcile.sustained': held, 'reconcile.sustained.latency': latency }
  })
}

/** One rate that is offered for a while. */
interface Offered {
  /** The time at which its first change should have arrived, by the wall clock. */
  readonly startMs: number
  readonly ratePerS: number
  /** The id of each change, by position. */
  readonly ids: readonly string[]
  /** Time from the last arrival until everything is recorded and published. */
  readonly behindMs: number
}

/** Appends the due changes every few milliseconds, whatever the results of earlier appends. */
async function offer(
  { clock }: BenchContext,
  pipeline: Pipeline,
  ratePerS: number,
  seconds: number,
): Promise<Offered> {
  const changes = await pipeline.changes(ratePerS * seconds, 'stamped')
  const startNs = clock.nowNs()
  const startMs = Date.now()
  const appends: Promise<void>[] = []
  let next = 0
  while (next < changes.length) {
    await clock.sleep(APPEND_EVERY_MS)
    const from = next
    while (next < changes.length && intendedAtNs(startNs, next, ratePerS) <= clock.nowNs())
      next += 1
    appends.push(appendAll(pipeline.writer, changes.slice(from, next)))
  }
  await Promise.all(appends)
  const lastNs = intendedAtNs(startNs, changes.length, ratePerS)
  await pipeline.done()
  const behindMs = (clock.nowNs() - lastNs) / NS_PER.ms
  return { startMs, ratePerS, ids: changes.map(idOf), behindMs }
}

function idOf({ record }: Placed): string {
  return Buffer.from(record.headers['ce_id'] ?? []).toString()
}

/**
 * Returns the latencies of the changes that removed a value; the clock of broker and change log is exact to a
 * millisecond.
 */
async function latencyOf(pipeline: Pipeline, offered: Offered): Promise<Distribution> {
  const { startMs, ratePerS, ids } = offered
  const { rows } = await pipeline.stack.database.query<{ id: string; published_at_ms: bigint }>(
    {
      name: 'bench-published-at',
      text: `SELECT id, published_at_ms FROM change_log
        WHERE id = ANY($1::text[]) AND published_at_ms IS NOT NULL`,
    },
    [ids],
  )
  const index = new Map(ids.map((id, n) => [id, n]))
  const latencies = new Latencies()
  for (const { id, published_at_ms: publishedMs } of rows) {
    const dueMs = startMs + ((index.get(id) ?? 0) * 1_000) / ratePerS
    latencies.record((Number(publishedMs) - dueMs) * NS_PER.ms)
  }
  return latencies.distribution('ms')
}
