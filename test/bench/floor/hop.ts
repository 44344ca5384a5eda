import { randomUUID } from 'node:crypto'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { openLoop, type ArrivalPlan } from '../measure/open-loop.ts'
import { endsOf, lastOf, wantedOf } from '../end-to-end/deliveries.ts'
import type { BenchChild } from '../run/child.ts'
import type { BenchContext } from '../scenario.ts'
import type { HopProcessPlan } from './hop-process.ts'

const PARTITIONS = 6
/** About the size of a revocation, including its headers. */
const RECORD = { key: 'k'.repeat(60), value: 'v'.repeat(900) }

/** Readers of kafkajs in processes of their own. */
export interface Readers {
  readonly processes: number
  readonly readers: number
}

/**
 * Measures the broadcast of records to many readers by kafkajs alone, each in a group of its own. Returns
 * durations from the intended send to the last reader, in nanoseconds.
 */
export async function measureHop(
  context: BenchContext,
  { processes, readers }: Readers,
  { warmUp, measured }: { readonly warmUp: ArrivalPlan; readonly measured: ArrivalPlan },
): Promise<Float64Array> {
  const { brokers } = await context.kafka()
  const kafka = new Kafka({ clientId: 'hop', brokers: [...brokers], logLevel: logLevel.NOTHING })
  const topic = `bench.hop-${randomUUID()}`
  await createTopic(kafka, topic)
  const producer = kafka.producer()
  await producer.connect()
  const children = Array.from({ length: processes }, (_, n) => {
    const plan: HopProcessPlan = { brokers, topic, readers, name: `${topic}-${n}` }
    return context.child(new URL('./hop-process.js', import.meta.url), plan)
  })
  try {
    await Promise.all(children.map((child) => child.receive()))
    await load(context, { producer, topic }, warmUp)
    const sent = await load(context, { producer, topic }, measured)
    return durationsOf(sent, await readAll(children, sent))
  } finally {
    await Promise.all([producer.disconnect(), ...children.map((child) => child.end())])
  }
}

interface Sent {
  readonly intendedNs: number
  readonly partition: number
  readonly offset: number
}

async function load(
  context: BenchContext,
  { producer, topic }: { readonly producer: Producer; readonly topic: string },
  plan: ArrivalPlan,
): Promise<readonly Sent[]> {
  const sent: Sent[] = []
  await openLoop(plan, context.clock, async (index, intendedNs) => {
    const partition = index % PARTITIONS
    const messages = [{ ...RECORD, partition }]
    const [answer] = await producer.send({ topic, acks: -1, messages })
    sent.push({ intendedNs, partition, offset: Number(answer?.baseOffset) })
  })
  return sent
}

async function readAll(
  children: readonly BenchChild[],
  sent: readonly Sent[],
): Promise<readonly Float64Array[]> {
  for (const child of children) child.send(endsOf(wantedOf(sent)))
  const readings = await Promise.all(children.map((child) => child.receive<Float64Array[]>()))
  return readings.flat()
}

function durationsOf(sent: readonly Sent[], readers: readonly Float64Array[]): Float64Array {
  const last = lastOf(readers, wantedOf(sent))
  return Float64Array.from(sent, ({ partition, offset, intendedNs }) => {
    return (last.get(partition)?.get(offset) ?? Number.NaN) - intendedNs
  })
}

async function createTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] })
  } finally {
    await admin.disconnect()
  }
}
