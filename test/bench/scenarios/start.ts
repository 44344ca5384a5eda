import { PARTITIONS } from '@freshet/protocol'
import { publicJwks } from '@freshet/wire'
import { createKafka } from '@freshet/kafka'
import { EDGE_AUDIENCE, EDGE_ISSUER } from '@freshet/testkit'
import type { ColdStart, ColdStarted } from '../edge/cold-process.ts'
import { LongTopic, type LongTopicPlan } from '../edge/long-topic.ts'
import type { BenchContext, Scenario } from '../scenario.ts'

const HOUR_MS = 3_600_000
const DAY_S = 86_400
/** T_max and margin. */
const MARGIN_S = 600
const HEARTBEAT_EVERY_MS = 1_000
const STARTS = { quick: 1, full: 3 } as const
/** Checkpoints a second and partition while changes flow. */
const BUSY = 5

/**
 * Measures an edge that starts on a topic of a day without changes: 86,400 heartbeats in each of seven
 * partitions.
 */
export const startingIdle: Scenario = {
  metrics: [
    {
      id: 'start.idle',
      unit: 'ms',
      about: 'start of a process → its edge ready, with 86,400 heartbeats in each of 7 partitions',
      target: { atMost: 2_000 },
    },
    {
      id: 'start.idle.cpu',
      unit: 'ms',
      about: 'processor time of that process until then',
      target: { atMost: 1_000 },
    },
    {
      id: 'start.idle.turn',
      unit: 'ms',
      about: 'the longest turn of its event loop since the edge was made',
    },
    {
      id: 'start.idle.whole',
      unit: 'ms',
      about: 'the same where the newest heartbeats state no T_max, so that everything is read',
    },
    { id: 'start.idle.whole.cpu', unit: 'ms', about: 'processor time of that process' },
  ],
  async run(context) {
    const count = DAY_S
    const plan = { count, partitions: PARTITIONS, perSecond: 1, tokenLifeMaxMs: HOUR_MS }
    const topic = await writtenTopic(context, { ...plan, baseBehind: HOUR_MS / 1_000 + MARGIN_S })
    const behindBase = await startAll(context, topic, HOUR_MS)
    const whole = await startAll(context, topic, undefined)
    return {
      'start.idle': behindBase.map(({ ms }) => ms),
      'start.idle.cpu': behindBase.map(({ cpuMs }) => cpuMs),
      'start.idle.turn': behindBase.map(({ turnMs }) => turnMs),
      'start.idle.whole': whole.map(({ ms }) => ms),
      'start.idle.whole.cpu': whole.map(({ cpuMs }) => cpuMs),
    }
  },
}

/** Measures an edge whose T_max is a day, with five checkpoints a second. */
export const startingBusy: Scenario = {
  metrics: [
    {
      id: 'start.day',
      unit: 'ms',
      about:
        'start of a process → its edge ready, T_max of 24 h, 5 checkpoints/s in each partition (quick: in one of them)',
    },
    { id: 'start.day.cpu', unit: 'ms', about: 'processor time of that process until then' },
    { id: 'start.day.peak', unit: 'MiB', about: 'its maximum memory until then (RSS)' },
  ],
  async run(context) {
    const baseBehind = BUSY * (DAY_S + MARGIN_S)
    const partitions = context.quick ? [1] : PARTITIONS
    const tokenLifeMaxMs = DAY_S * 1_000
    const plan = { count: baseBehind + DAY_S, partitions, baseBehind, perSecond: BUSY }
    const topic = await writtenTopic(context, { ...plan, tokenLifeMaxMs })
    const started = await startAll(context, topic, tokenLifeMaxMs)
    return {
      'start.day': started.map(({ ms }) => ms),
      'start.day.cpu': started.map(({ cpuMs }) => cpuMs),
      'start.day.peak': started.map(({ peakMiB }) => peakMiB),
    }
  },
}

interface Written {
  readonly topic: LongTopic
  readonly brokers: readonly string[]
  readonly tokenLifeMaxMs: number
}

async function writtenTopic(context: BenchContext, plan: LongTopicPlan): Promise<Written> {
  const { brokers } = await context.kafka()
  const kafka = createKafka({ brokers, clientId: 'freshet-bench' })
  context.defer(() => kafka.close())
  const progress = (written: number): void => {
    if (written % 40_000 === 0) context.progress(`${written} checkpoints written`)
  }
  const topic = await LongTopic.write(kafka.writer(), plan, Date.now(), progress)
  return { topic, brokers, tokenLifeMaxMs: plan.tokenLifeMaxMs }
}

async function startAll(
  context: BenchContext,
  written: Written,
  coversLifeMs: number | undefined,
): Promise<readonly ColdStarted[]> {
  const started: ColdStarted[] = []
  for (let n = 0; n < (context.quick ? STARTS.quick : STARTS.full); n += 1) {
    started.push(await startOne(context, written, coversLifeMs))
    context.progress(`start ${n + 1}: ${JSON.stringify(started.at(-1))}`)
  }
  return started
}

/** Heartbeats continue before and during its start, as the product’s own do. */
async function startOne(
  context: BenchContext,
  { topic, brokers, tokenLifeMaxMs }: Written,
  coversLifeMs: number | undefined,
): Promise<ColdStarted> {
  await topic.sendHeartbeats(Date.now(), coversLifeMs)
  const keys = publicJwks([topic.verifyKey])
  const named = { issuer: EDGE_ISSUER, audience: EDGE_AUDIENCE, tokenLifeMaxMs }
  const start: ColdStart = { brokers, ...named, checkpointKeys: keys, tokenKeys: { keys: [] } }
  const child = context.child(new URL('../edge/cold-process.js', import.meta.url), start)
  const ready = child.receive<ColdStarted>()
  ready.catch(() => undefined)
  let started: ColdStarted | undefined
  while (started === undefined) {
    const soon = context.clock.sleep(HEARTBEAT_EVERY_MS).then(() => undefined)
    started = await Promise.race([ready, soon])
    await topic.sendHeartbeats(Date.now(), coversLifeMs)
  }
  await child.end()
  return started
}
