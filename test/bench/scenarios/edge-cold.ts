import { publicJwks } from '@freshet/wire'
import { createKafka } from '@freshet/kafka'
import {
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgeWorld,
  ManualClock,
  type EdgeWorld,
} from '@freshet/testkit'
import type { ColdStart, ColdStarted } from '../edge/cold-process.ts'
import { byPartition, lossOf } from '../edge/strangers.ts'
import type { BenchContext, Readings, Scenario } from '../scenario.ts'

const WATERMARKS = 1_000_000
/** Records under one checkpoint: the maximum. */
const BATCH = 500
const ROUND = 12_000
const HEARTBEAT_EVERY_MS = 1_000
const STARTS = { quick: 1, full: 3 } as const

/** Measures an edge that starts on a long topic. */
export const startingCold: Scenario = {
  metrics: [
    {
      id: 'edge.cold.1m',
      unit: 'ms',
      about:
        'start of a process → its edge live, with 1 M records of one watermark each on the topic',
      target: { atMost: 12_000 },
    },
    {
      id: 'edge.cold.1m.rss',
      unit: 'MiB',
      about: 'memory of that process (RSS) when its edge is live',
      target: { atMost: 200 },
    },
    { id: 'edge.cold.1m.peak', unit: 'MiB', about: 'its maximum memory until then (RSS)' },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const { brokers } = await context.kafka()
  const kafka = createKafka({ brokers, clientId: 'freshet-bench' })
  context.defer(() => kafka.close())
  const world = await edgeWorld(new ManualClock(Date.now()), kafka.writer())
  await world.begin()
  await publishLosses(world, context)
  const started: ColdStarted[] = []
  for (let n = 0; n < (context.quick ? STARTS.quick : STARTS.full); n += 1) {
    context.progress(`start ${n + 1}`)
    started.push(await startOne(world, brokers, context))
  }
  return {
    'edge.cold.1m': started.map(({ ms }) => ms),
    'edge.cold.1m.rss': started.map(({ rssMiB }) => rssMiB),
    'edge.cold.1m.peak': started.map(({ peakMiB }) => peakMiB),
  }
}

async function publishLosses(world: EdgeWorld, context: BenchContext): Promise<void> {
  for (let from = 0; from < WATERMARKS; from += ROUND) {
    if (from % (10 * ROUND) === 0) context.progress(`publishing, ${from} of ${WATERMARKS}`)
    const when = { e: world.e, nowMs: world.clock.nowMs() }
    const losses = Array.from({ length: Math.min(ROUND, WATERMARKS - from) }, (_, n) =>
      lossOf(from + n, ['groups'], when),
    )
    const publish = [...byPartition(losses)].map(async ([partition, all]) => {
      for (let at = 0; at < all.length; at += BATCH)
        await world.publish(partition, all.slice(at, at + BATCH))
    })
    await Promise.all(publish)
  }
}

/** Heartbeats continue while it starts, as the product’s own do. */
async function startOne(
  world: EdgeWorld,
  brokers: readonly string[],
  context: BenchContext,
): Promise<ColdStarted> {
  const { keys, clock } = world
  const checkpointKeys = publicJwks(keys.checkpoints)
  const named = { issuer: EDGE_ISSUER, audience: EDGE_AUDIENCE }
  const tokenKeys = publicJwks(keys.tokens)
  const start: ColdStart = { brokers, ...named, checkpointKeys, tokenKeys }
  const child = context.child(new URL('../edge/cold-process.js', import.meta.url), start)
  const live = child.receive<ColdStarted>()
  live.catch(() => undefined)
  const soon = (): Promise<undefined> =>
    context.clock.sleep(HEARTBEAT_EVERY_MS).then(() => undefined)
  let started: ColdStarted | undefined
  while (started === undefined) {
    clock.jumpWall(Date.now() - clock.nowMs())
    await world.heartbeat()
    started = await Promise.race([live, soon()])
  }
  await child.end()
  if (started.watermarks !== WATERMARKS)
    throw new Error(`The edge was live with ${started.watermarks} watermarks.`)
  return started
}
