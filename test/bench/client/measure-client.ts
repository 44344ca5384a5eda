import { randomUUID } from 'node:crypto'
import { createKafka } from '@freshet/kafka'
import type { LogWriter } from '@freshet/wire'
import { endsOf, lastOf, wantedOf, type Place } from '../end-to-end/deliveries.ts'
import { openLoop, type ArrivalPlan } from '../measure/open-loop.ts'
import type { BenchContext } from '../scenario.ts'
import { openClient, type ClientName } from './clients.ts'
import type { ReadersPlan, ReadersRead } from './readers-process.ts'
import type { ReadingPlan, ReadOnce } from './reading-process.ts'

const PARTITIONS = 6
/** About the size of a revocation, with its headers. */
const RECORD = {
  key: Buffer.alloc(60, 'k'),
  value: Buffer.alloc(840, 'v'),
  headers: { ce_id: Buffer.alloc(60, 'h') },
}
const BATCH = 500
const TOPIC_CONFIG = { 'message.timestamp.type': 'LogAppendTime' }
/** Processes of readers, and the readers of each. */
export const FLEET = { processes: 5, readers: 10 } as const

/** Creates a topic as that of revocations, and fills each partition with so many batches. */
export async function filledTopic(context: BenchContext, batches: number): Promise<string> {
  const { brokers } = await context.kafka()
  const kafka = createKafka({ brokers, clientId: 'freshet-bench' })
  const topic = `bench.client-${randomUUID()}`
  await kafka.topics.apply([
    { name: topic, partitions: PARTITIONS, replication: 1, config: TOPIC_CONFIG },
  ])
  const writer = kafka.writer()
  const lot = Array.from({ length: BATCH }, () => RECORD)
  for (let batch = 0; batch < batches; batch += 1)
    await Promise.all(partitions().map((partition) => writer.append(topic, partition, lot)))
  await kafka.close()
  return topic
}

/** Returns the appends of one record per second, with one in flight for each partition. */
export async function appendsPerSecond(
  context: BenchContext,
  client: ClientName,
  durationMs: number,
): Promise<number> {
  const { brokers } = await context.kafka()
  const topic = await filledTopic(context, 1)
  const { writer, close } = openClient(client, brokers)
  let appended = 0
  const untilNs = (nowNs: number): number => nowNs + durationMs * 1_000_000
  const work = async (partition: number, endNs: number): Promise<void> => {
    while (context.clock.nowNs() < endNs) {
      await writer.append(topic, partition, [RECORD])
      appended += 1
    }
  }
  // The first appends connect, and compile the code.
  const warmEndNs = untilNs(context.clock.nowNs())
  await Promise.all(partitions().map((partition) => work(partition, warmEndNs)))
  appended = 0
  const startNs = context.clock.nowNs()
  await Promise.all(partitions().map((partition) => work(partition, untilNs(startNs))))
  const seconds = (context.clock.nowNs() - startNs) / 1e9
  await close()
  return appended / seconds
}

/** Reads a filled topic once in a process of its own. */
export async function readOnce(
  context: BenchContext,
  client: ClientName,
  topic: string,
): Promise<ReadOnce> {
  const { brokers } = await context.kafka()
  const plan: ReadingPlan = { client, brokers, topic }
  const child = context.child(new URL('./reading-process.js', import.meta.url), plan)
  try {
    return await child.receive<ReadOnce>()
  } finally {
    await child.end()
  }
}

/** The durations from the intended append to the last reader, and the share of a core that all readers took. */
export interface Broadcast {
  readonly durationsNs: Float64Array
  readonly cpuPercent: number
}

/** Broadcasts records of an open loop to 50 readers. Writer and readers are of the same client. */
export async function broadcast(
  context: BenchContext,
  client: ClientName,
  plans: { readonly warmUp: ArrivalPlan; readonly measured: ArrivalPlan },
): Promise<Broadcast> {
  const { brokers } = await context.kafka()
  const topic = await filledTopic(context, 1)
  const { writer, close } = openClient(client, brokers)
  const plan: ReadersPlan = { client, brokers, topic, readers: FLEET.readers }
  const children = Array.from({ length: FLEET.processes }, () =>
    context.child(new URL('./readers-process.js', import.meta.url), plan),
  )
  try {
    await Promise.all(children.map((child) => child.receive()))
    await load(context, { writer, topic }, plans.warmUp)
    for (const child of children) child.send('count')
    const startNs = context.clock.nowNs()
    const sent = await load(context, { writer, topic }, plans.measured)
    const wanted = wantedOf(sent)
    for (const child of children) child.send(endsOf(wanted))
    const read = await Promise.all(children.map((child) => child.receive<ReadersRead>()))
    const seconds = (context.clock.nowNs() - startNs) / 1e9
    const last = lastOf(
      read.flatMap(({ triples }) => triples),
      wanted,
    )
    const durationsNs = Float64Array.from(sent, ({ partition, offset, intendedNs }) => {
      return (last.get(partition)?.get(offset) ?? Number.NaN) - intendedNs
    })
    const cpuS = read.reduce((sum, each) => sum + each.cpuS, 0)
    return { durationsNs, cpuPercent: (100 * cpuS) / seconds }
  } finally {
    await Promise.all([close(), ...children.map((child) => child.end())])
  }
}

interface Sent extends Place {
  readonly intendedNs: number
}

async function load(
  context: BenchContext,
  { writer, topic }: { readonly writer: LogWriter; readonly topic: string },
  plan: ArrivalPlan,
): Promise<readonly Sent[]> {
  const sent: Sent[] = []
  await openLoop(plan, context.clock, async (index, intendedNs) => {
    const partition = index % PARTITIONS
    const { baseOffset } = await writer.append(topic, partition, [RECORD])
    sent.push({ intendedNs, partition, offset: Number(baseOffset) })
  })
  return sent
}

function partitions(): readonly number[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => partition)
}
