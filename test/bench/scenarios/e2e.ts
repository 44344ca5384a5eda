import { measureHop, type Readers } from '../floor/hop.ts'
import { latenciesOf } from '../measure/latencies.ts'
import type { ArrivalPlan } from '../measure/open-loop.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { seedPeople } from '../stack/people.ts'
import { measureOnce, type Stages } from '../end-to-end/measure-once.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import {
  repeat,
  type BenchContext,
  type Metric,
  type Reading,
  type Readings,
  type Scenario,
} from '../scenario.ts'

/** The number of processes that run the edges. */
const PROCESSES = 5

/** A load and the edges that must apply it. */
interface Load {
  readonly id: string
  readonly ratePerS: number
  readonly edges: Readers
  readonly seconds: { readonly quick: number; readonly full: number }
  readonly warmUpS: { readonly quick: number; readonly full: number }
}

const at200: Load = {
  id: '200',
  ratePerS: 200,
  edges: { processes: PROCESSES, readers: 10 },
  seconds: { quick: 5, full: 20 },
  warmUpS: { quick: 2, full: 5 },
}

const at1000: Load = {
  id: '1000',
  ratePerS: 1_000,
  edges: { processes: PROCESSES, readers: 2 },
  seconds: { quick: 3, full: 10 },
  warmUpS: { quick: 2, full: 5 },
}

/** The changes are further apart than the longest rest of a background loop, so each one meets a stack at rest. */
const inTheQuiet: Load = {
  id: 'quiet',
  ratePerS: 1 / 6,
  edges: { processes: 1, readers: 3 },
  seconds: { quick: 30, full: 90 },
  warmUpS: { quick: 6, full: 12 },
}

/** Measures from a source's append to the last of 50 edges, beside 50 raw readers of the same broker. */
export const endToEndAt200: Scenario = {
  metrics: [
    {
      id: 'e2e.200',
      unit: 'ms',
      about: 'intended append of a change → applied at the last of 50 edges; 200/s, open loop',
      target: { atMost: 25 },
      tail: { p99: { atMost: 250 } },
      against: [{ id: 'floor.hop50.200', atMost: 2.5 }],
      curve: 'e2e.200',
    },
    {
      id: 'floor.hop50.200',
      unit: 'ms',
      about: 'intended send → read by the last of 50 consumers of kafkajs; 200/s, open loop',
      curve: 'e2e.200',
    },
    ...stagesOf('200', 50),
  ],
  run: (context) => run(context, at200, 'floor.hop50.200'),
}

/** Measures the same at a rate at which changes queue, with 10 edges. */
export const endToEndAt1000: Scenario = {
  metrics: [
    {
      id: 'e2e.1000',
      unit: 'ms',
      about: 'intended append of a change → applied at the last of 10 edges; 1,000/s, open loop',
      tail: { p999: { atMost: 1_000 } },
      against: [{ id: 'floor.hop10.1000' }],
      curve: 'e2e.1000',
    },
    {
      id: 'floor.hop10.1000',
      unit: 'ms',
      about: 'intended send → read by the last of 10 consumers of kafkajs; 1,000/s, open loop',
      curve: 'e2e.1000',
    },
    ...stagesOf('1000', 10),
  ],
  run: (context) => run(context, at1000, 'floor.hop10.1000'),
}

/** Measures single changes of a small stack in which nothing else happens, as most changes are. */
export const endToEndInTheQuiet: Scenario = {
  onlyNamed: true,
  metrics: [
    {
      id: 'e2e.quiet',
      unit: 'ms',
      about: 'intended append of a change → applied at the last of 3 edges; one each 6 s',
      against: [{ id: 'floor.hop3.quiet' }],
    },
    {
      id: 'floor.hop3.quiet',
      unit: 'ms',
      about: 'intended send → read by the last of 3 consumers of kafkajs; one each 6 s',
    },
    ...stagesOf('quiet', 3),
  ],
  run: (context) => run(context, inTheQuiet, 'floor.hop3.quiet'),
}

/**
 * Returns the stages of the time, by the clocks of broker and change log, which are exact to a millisecond.
 */
function stagesOf(load: string, edges: number): readonly Metric[] {
  const stage = (name: keyof Stages, about: string): Metric => ({
    id: `e2e.${load}.${name}`,
    unit: 'ms',
    about,
  })
  return [
    stage('appended', `the same from the broker's append of the change, to the last of ${edges}`),
    stage('recorded', 'append of the change → committed by the reconciler'),
    stage('published', 'committed → append of the revocation'),
    stage('delivered', `append of the revocation → applied at the last of ${edges} edges`),
  ]
}

async function run(context: BenchContext, load: Load, floorId: string): Promise<Readings> {
  const stack = await startStack(context, ['reconciler', 'authority'])
  const feed = new ChangeFeed(stack.kafka.writer(), stack.macKey)
  await seedPeople(feed)
  const which = context.quick ? 'quick' : 'full'
  const plans = {
    warmUp: planOf(load, load.warmUpS[which]),
    measured: planOf(load, load.seconds[which]),
  }
  return repeat(context, async (repetition) => ({
    [floorId]: distributionOf(await measureHop(context, load.edges, plans)),
    ...(await measurePipeline(context, { stack, feed, load, plans, repetition })),
  }))
}

interface Plans {
  readonly warmUp: ArrivalPlan
  readonly measured: ArrivalPlan
}

/** As many arrivals can wait as come in ten seconds. */
function planOf({ ratePerS }: Load, seconds: number): ArrivalPlan {
  return { ratePerS, durationMs: seconds * 1_000, inFlightMax: ratePerS * 10 }
}

async function measurePipeline(
  context: BenchContext,
  turn: {
    readonly stack: BenchStack
    readonly feed: ChangeFeed
    readonly load: Load
    readonly plans: Plans
    readonly repetition: number
  },
): Promise<Record<string, Reading>> {
  const { load, plans, repetition } = turn
  const { edges, id } = load
  const { whole, ...stages } = await measureOnce(context, { ...turn, ...plans, edges, repetition })
  const named = Object.entries(stages).map(([name, durationsNs]) => [
    `e2e.${id}.${name}`,
    distributionOf(durationsNs),
  ])
  return { [`e2e.${id}`]: distributionOf(whole), ...Object.fromEntries(named) }
}

function distributionOf(durationsNs: Float64Array): Reading {
  return latenciesOf(durationsNs).distribution('ms')
}
