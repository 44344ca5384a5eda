import { createEdge } from '@freshet/edge'
import { REVOCATIONS_TOPIC, type LogRecord, type LogFollower, type LogReader } from '@freshet/wire'
import {
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgeWorld,
  ManualClock,
  type EdgeWorld,
} from '@freshet/testkit'
import { byPartition, lossOf } from '../edge/strangers.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

/** Records under one checkpoint: the maximum, as a publisher that is behind writes. */
const BATCH = 500
/** Strangers of one round: about one fetch of the Kafka reader for each of six partitions. */
const ROUND = 12_000

/** Measures applying revocations as fast as they can be read. */
export const applying: Scenario = {
  metrics: [
    {
      id: 'edge.apply',
      unit: '1/s',
      about:
        'records of one watermark from bytes to the table, in batches of 500: hash, signature, decode, merge',
      target: { atLeast: 100_000 },
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const count = context.quick ? 50_000 : 200_000
  return repeat(context, async () => {
    const world = await edgeWorld(new ManualClock(Date.now()))
    await world.begin()
    const { reader, follower } = heldReader(world)
    const edge = await createEdge({
      issuer: EDGE_ISSUER,
      audience: EDGE_AUDIENCE,
      revocations: { reader },
      keys: world.keys,
    })
    let spentNs = 0
    for await (const lot of lotsOf(world, count)) {
      const startNs = context.clock.nowNs()
      await (await follower).onRecords(lot.partition, lot.records, lot.end)
      spentNs += context.clock.nowNs() - startNs
    }
    const { watermarks } = edge.stats()
    await edge.close()
    if (watermarks !== count) throw new Error(`The edge holds ${watermarks} watermarks.`)
    return { 'edge.apply': count / (spentNs / 1e9) }
  })
}

interface Lot {
  readonly partition: number
  readonly records: readonly LogRecord[]
  readonly end: bigint
}

/**
 * Yields the losses of so many strangers, made and signed on request and then dropped. A reader does not hold
 * a million records either, and a garbage collector would count them.
 */
async function* lotsOf(world: EdgeWorld, count: number): AsyncGenerator<Lot> {
  const { log, clock, e } = world
  for (const { partition, end } of await log.bounds(REVOCATIONS_TOPIC))
    yield { partition, end, records: log.records(REVOCATIONS_TOPIC, partition).slice() }
  for (let from = 0; from < count; from += ROUND) {
    const when = { e, nowMs: clock.nowMs() }
    const losses = Array.from({ length: Math.min(ROUND, count - from) }, (_, n) =>
      lossOf(from + n, ['groups'], when),
    )
    for (const [partition, all] of byPartition(losses)) {
      const { end: start } = await endOf(world, partition)
      for (let at = 0; at < all.length; at += BATCH)
        await world.publish(partition, all.slice(at, at + BATCH))
      const { end } = await endOf(world, partition)
      log.dropBefore(REVOCATIONS_TOPIC, partition, start)
      yield { partition, end, records: log.records(REVOCATIONS_TOPIC, partition).slice() }
    }
  }
}

async function endOf({ log }: EdgeWorld, partition: number): Promise<{ readonly end: bigint }> {
  return (await log.bounds(REVOCATIONS_TOPIC))[partition] ?? { end: 0n }
}

/** A reader that delivers records only when the benchmark does, and its follower. */
interface HeldReader {
  readonly reader: LogReader
  readonly follower: Promise<LogFollower>
}

/** Creates such a reader of a world's log. */
function heldReader({ log }: EdgeWorld): HeldReader {
  let resolveFollower: (follower: LogFollower) => void = () => undefined
  const follower = new Promise<LogFollower>((resolve) => (resolveFollower = resolve))
  const reader: LogReader = {
    bounds: (topic) => log.bounds(topic),
    read: (...args) => log.read(...args),
    follow: (_topic, _from, logFollower, signal) => {
      resolveFollower(logFollower)
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    },
  }
  return { reader, follower }
}
