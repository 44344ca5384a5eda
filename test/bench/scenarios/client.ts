import { CLIENTS, type ClientName } from '../client/clients.ts'
import { appendsPerSecond, broadcast, filledTopic, readOnce } from '../client/measure-client.ts'
import { treeOf } from '../client/tree-size.ts'
import { latenciesOf } from '../measure/latencies.ts'
import type { ArrivalPlan } from '../measure/open-loop.ts'
import {
  repeat,
  type BenchContext,
  type Metric,
  type Reading,
  type Readings,
  type Scenario,
} from '../scenario.ts'

/** Batches of 500 records in each of six partitions. */
const BATCHES = { quick: 20, full: 60 } as const
const APPEND_MS = { quick: 3_000, full: 10_000 } as const
const RATE_PER_S = 50
const SECONDS = { quick: 6, full: 20 } as const
const WARM_UP_S = 3

/** Compares the Kafka client with another one behind the same ports: decision 0019. */
export const comparingClients: Scenario = {
  onlyNamed: true,
  metrics: CLIENTS.flatMap(metricsOf),
  run,
}

function metricsOf(client: ClientName): readonly Metric[] {
  const metric = (name: string, unit: Metric['unit'], about: string): Metric => ({
    id: `client.${name}.${client}`,
    unit,
    about,
    ...(client === 'kafkajs' ? {} : { against: [{ id: `client.${name}.kafkajs` }] }),
  })
  return [
    metric(
      'append',
      '1/s',
      'appends of one record of 1 kB, one in flight for each of six partitions',
    ),
    metric(
      'read',
      '1/s',
      'records of 1 kB from the start of a topic to its end, in batches of 500',
    ),
    metric('read.cpu', 'µs', 'processor time of that process for each record'),
    metric(
      'hop',
      'ms',
      'intended append → at the last of 50 readers in 5 processes; 50/s, open loop',
    ),
    metric('fleet.cpu', '%', 'share of one core that those 50 readers take'),
    metric('tree', 'kB', 'files that npm installs for the client'),
    metric('packages', 'packages', 'packages that npm installs for the client'),
  ]
}

async function run(context: BenchContext): Promise<Readings> {
  const which = context.quick ? 'quick' : 'full'
  const topic = await filledTopic(context, BATCHES[which])
  const trees = await Promise.all(
    CLIENTS.map(async (client) => [client, await treeOf(context, client)] as const),
  )
  const installed = Object.fromEntries(
    trees.flatMap(([client, { kB, packages }]) => [
      [`client.tree.${client}`, kB],
      [`client.packages.${client}`, packages],
    ]),
  )
  return repeat(context, async (repetition) => {
    // The clients take turns, and so does the first place.
    const turns = repetition % 2 === 0 ? CLIENTS : CLIENTS.toReversed()
    const readings: Record<string, Reading> = { ...installed }
    for (const client of turns) Object.assign(readings, await measure(context, client, topic))
    return readings
  })
}

async function measure(
  context: BenchContext,
  client: ClientName,
  topic: string,
): Promise<Readonly<Record<string, Reading>>> {
  const which = context.quick ? 'quick' : 'full'
  const { ns, cpuS, records } = await readOnce(context, client, topic)
  const plans = { warmUp: planOf(WARM_UP_S), measured: planOf(SECONDS[which]) }
  const { durationsNs, cpuPercent } = await broadcast(context, client, plans)
  return {
    [`client.append.${client}`]: await appendsPerSecond(context, client, APPEND_MS[which]),
    [`client.read.${client}`]: records / (ns / 1e9),
    [`client.read.cpu.${client}`]: (cpuS * 1e6) / records,
    [`client.hop.${client}`]: latenciesOf(durationsNs).distribution('ms'),
    [`client.fleet.cpu.${client}`]: cpuPercent,
  }
}

function planOf(seconds: number): ArrivalPlan {
  return { ratePerS: RATE_PER_S, durationMs: seconds * 1_000, inFlightMax: RATE_PER_S * 10 }
}
