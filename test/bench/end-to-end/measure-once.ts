import type { ClaimChange } from '@freshet/protocol'
import type { Readers } from '../floor/hop.ts'
import { NS_PER } from '../measure/latencies.ts'
import { openLoop, type ArrivalPlan } from '../measure/open-loop.ts'
import type { BenchContext } from '../scenario.ts'
import type { ChangeFeed } from '../stack/change-feed.ts'
import { moveOf, moversAfter } from '../stack/people.ts'
import { endsOf, lastOf, wantedOf } from './deliveries.ts'
import { startEdges } from './edges.ts'
import type { BenchStack } from '../stack/bench-stack.ts'
import { checkpointsOver, publishedOf, type Published } from './published.ts'

/** Durations in nanoseconds, one for each change. */
export interface Stages {
  /** Time from the broker's append of the change to the last edge. */
  readonly appended: Float64Array
  readonly recorded: Float64Array
  readonly published: Float64Array
  readonly delivered: Float64Array
}

/** One load on edges that start for it. */
export interface EndToEnd {
  readonly stack: BenchStack
  readonly feed: ChangeFeed
  readonly edges: Readers
  readonly warmUp: ArrivalPlan
  readonly measured: ArrivalPlan
  /** The number of the load, which names its changes. */
  readonly repetition: number
  /**
   * Returns the n-th change of the feed; default: people are moved in turn, and edges hold one watermark of
   * each.
   */
  readonly changeOf?: (n: number, id: string) => ClaimChange
}

/** Measures the load; `whole` counts from the time at which a change should have been appended. */
export async function measureOnce(
  context: BenchContext,
  turn: EndToEnd,
): Promise<Stages & { readonly whole: Float64Array }> {
  const { stack, warmUp, measured, repetition, changeOf } = turn
  const edges = await startEdges(context, stack, turn.edges)
  const prefix = `bench-${repetition}-`
  await load(context, turn, { plan: warmUp, prefix: `warm-${prefix}` })
  const intended = await load(context, turn, { plan: measured, prefix })
  const published = await publishedOf(stack.database, prefix, intended.size)
  const places = await checkpointsOver(stack.kafka.reader(), published)
  const wanted = wantedOf(places)
  const readers = await edges.finish(
    endsOf(wanted),
    changeOf ? undefined : moversAfter(turn.feed.count),
  )
  const last = lastOf(readers, wanted)
  const lastNs = Float64Array.from(places, ({ partition, offset }) => {
    return last.get(partition)?.get(offset) ?? Number.NaN
  })
  const whole = published.map(({ id }, n) => (lastNs[n] ?? 0) - (intended.get(id) ?? 0))
  return { whole: Float64Array.from(whole), ...stagesOf(context, published, lastNs) }
}

/** Sends this load. Returns the time at which each change should have been appended, by its id. */
async function load(
  context: BenchContext,
  { feed, changeOf = moveOf }: EndToEnd,
  { plan, prefix }: { readonly plan: ArrivalPlan; readonly prefix: string },
): Promise<ReadonlyMap<string, number>> {
  const intended = new Map<string, number>()
  await openLoop(plan, context.clock, (_, intendedNs) => {
    const id = `${prefix}${intended.size}`
    intended.set(id, intendedNs)
    return feed.append(changeOf(feed.count, id))
  })
  return intended
}

function stagesOf(
  context: BenchContext,
  published: readonly Published[],
  lastNs: Float64Array,
): Stages {
  const wallNs = Date.now() * NS_PER.ms - context.clock.nowNs()
  const of = (durationMs: (change: Published, lastMs: number) => number): Float64Array =>
    Float64Array.from(published, (change, n) => {
      return durationMs(change, ((lastNs[n] ?? 0) + wallNs) / NS_PER.ms) * NS_PER.ms
    })
  return {
    appended: of(({ appendedAtMs }, lastMs) => lastMs - appendedAtMs),
    recorded: of(({ appendedAtMs, recordedAtMs }) => recordedAtMs - appendedAtMs),
    published: of(({ recordedAtMs, publishedAtMs }) => publishedAtMs - recordedAtMs),
    delivered: of(({ publishedAtMs }, lastMs) => lastMs - publishedAtMs),
  }
}
