import { Kafka, logLevel, type Producer } from 'kafkajs'
import { openLoop, type ArrivalPlan } from '../measure/open-loop.ts'
import { wantedOf, lastOf, type Ends } from '../end-to-end/deliveries.ts'
import type { BenchChild } from '../run/child.ts'
import type { BenchContext } from '../scenario.ts'
import type { HopProcessPlan } from './hop-process.ts'

const TOPIC = 'bench.hop'
const PARTITIONS = 6
/** About what a revocation is, its headers included. */
const RECORD = { key: 'k'.repeat(60), value: 'v'.repeat(900) }

/** The broadcast of records to many readers by kafkajs alone. */
export interface Hop {
  /** One load; durations from the intended send to the last reader, in nanoseconds. */
  measure(warmUp: ArrivalPlan, plan: ArrivalPlan): Promise<Float64Array>
}

/** Starts so many readers in so many processes; between loads they are paused. */
export async function startHop(
  context: BenchContext,
  { processes, readers }: { readonly processes: number; readonly readers: number },
): Promise<Hop> {
  const { brokers } = await context.kafka()
  const kafka = new Kafka({ clientId: 'hop', brokers: [...brokers], logLevel: logLevel.NOTHING })
  await createTopic(kafka)
  const producer = kafka.producer()
  await producer.connect()
  context.defer(() => producer.disconnect())
  const children = Array.from({ length: processes }, (_, n) => {
    const plan: HopProcessPlan = { brokers, topic: TOPIC, readers, name: `hop-${n}` }
    return context.child(new URL('./hop-process.js', import.meta.url), plan)
  })
  await Promise.all(children.map((child) => child.receive()))
  const ends = new Map<number, number>()
  return {
    async measure(warmUp, plan) {
      for (const child of children) child.send('read')
      await Promise.all(children.map((child) => child.receive()))
      await load({ context, producer, ends }, warmUp)
      const sent = await load({ context, producer, ends }, plan)
      const readings = await readAll(children, [...ends])
      return durationsOf(sent, readings)
    },
  }
}

interface Sent {
  readonly intendedNs: number
  readonly partition: number
  readonly offset: number
}

async function load(
  parts: {
    readonly context: BenchContext
    readonly producer: Producer
    readonly ends: Map<number, number>
  },
  plan: ArrivalPlan,
): Promise<readonly Sent[]> {
  const { context, producer, ends } = parts
  const sent: Sent[] = []
  await openLoop(plan, context.clock, async (index, intendedNs) => {
    const partition = index % PARTITIONS
    const messages = [{ ...RECORD, partition }]
    const [answer] = await producer.send({ topic: TOPIC, acks: -1, messages })
    const offset = Number(answer?.baseOffset)
    sent.push({ intendedNs, partition, offset })
    ends.set(partition, Math.max(ends.get(partition) ?? 0, offset + 1))
  })
  return sent
}

async function readAll(
  children: readonly BenchChild[],
  ends: Ends,
): Promise<readonly Float64Array[]> {
  for (const child of children) child.send({ ends })
  const readings = await Promise.all(children.map((child) => child.receive<Float64Array[]>()))
  return readings.flat()
}

function durationsOf(sent: readonly Sent[], readers: readonly Float64Array[]): Float64Array {
  const last = lastOf(readers, wantedOf(sent))
  return Float64Array.from(sent, ({ partition, offset, intendedNs }) => {
    return (last.get(partition)?.get(offset) ?? Number.NaN) - intendedNs
  })
}

async function createTopic(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] })
  } finally {
    await admin.disconnect()
  }
}
