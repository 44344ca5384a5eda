import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { machineClock } from '../measure/clock.ts'
import { Deliveries, type Ends } from '../end-to-end/deliveries.ts'
import { childArgument, receiveFromParent, sendToParent } from '../run/child.ts'

/** The arguments of a process of raw readers. */
export interface HopProcessPlan {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly readers: number
  readonly name: string
}

const POLL_MS = 20

/** Entry of a process that holds several consumers of kafkajs, each in its own group. */
const plan = childArgument() as HopProcessPlan
const kafka = new Kafka({
  clientId: plan.name,
  brokers: [...plan.brokers],
  logLevel: logLevel.NOTHING,
})
const readers = await Promise.all(Array.from({ length: plan.readers }, (_, n) => startReader(n)))
sendToParent('joined')
const ends = await receiveFromParent<Ends>()
while (!readers.every((deliveries) => deliveries.reach(ends))) await sleep(POLL_MS)
sendToParent(readers.map((deliveries) => deliveries.triples()))

/** Resolves when it has joined its group. */
async function startReader(n: number): Promise<Deliveries> {
  const deliveries = new Deliveries()
  const consumer = kafka.consumer({ groupId: `${plan.name}-${n}`, maxWaitTimeInMs: 500 })
  await consumer.connect()
  await consumer.subscribe({ topic: plan.topic, fromBeginning: true })
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve())
  })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) =>
      deliveries.note(batch.partition, Number(batch.lastOffset()), machineClock.nowNs()),
  })
  await joined
  return deliveries
}
