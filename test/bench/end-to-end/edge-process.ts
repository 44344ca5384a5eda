import { setTimeout as sleep } from 'node:timers/promises'
import { createEdge, type Edge } from '@freshet/edge'
import type { LogReader } from '@freshet/wire'
import { kafkaRevocations } from '@freshet/kafka'
import { machineClock } from '../measure/clock.ts'
import { childArgument, receiveFromParent, sendToParent } from '../run/child.ts'
import { Deliveries, type Ends } from './deliveries.ts'

/** The arguments of a process of edges. */
export interface EdgeProcessPlan {
  readonly brokers: readonly string[]
  readonly issuer: string
  readonly edges: number
  readonly name: string
}

/** Requests the deliveries, once every edge has read so far. */
export interface ReadUntil {
  readonly ends: Ends
}

/** The report of a process of edges at its end. */
export interface EdgeProcessReport {
  /** The deliveries of each edge: the triples of its {@link Deliveries}. */
  readonly deliveries: readonly Float64Array[]
  readonly watermarks: readonly number[]
  readonly states: readonly string[]
}

const POLL_MS = 50

/** Entry of a process that holds several edges, each as a service would create it. */
const plan = childArgument() as EdgeProcessPlan
const held = await Promise.all(Array.from({ length: plan.edges }, (_, n) => startEdge(n)))
await Promise.all(held.map(({ edge }) => edge.ready()))
sendToParent('live')
const until = await receiveFromParent<ReadUntil>()
while (!held.every(({ deliveries }) => deliveries.reach(until.ends))) await sleep(POLL_MS)
const stats = held.map(({ edge }) => edge.stats())
const report: EdgeProcessReport = {
  deliveries: held.map(({ deliveries }) => deliveries.triples()),
  watermarks: stats.map(({ watermarks }) => watermarks),
  states: stats.map(({ state }) => state),
}
sendToParent(report)

async function startEdge(
  n: number,
): Promise<{ readonly edge: Edge; readonly deliveries: Deliveries }> {
  const deliveries = new Deliveries()
  const feed = kafkaRevocations({ brokers: plan.brokers })
  const edge = await createEdge({
    issuer: plan.issuer,
    audience: 'payments',
    edgeId: `${plan.name}-${n}`,
    revocations: { ...feed, reader: noting(feed.reader, deliveries) },
  })
  return { edge, deliveries }
}

/** Returns the same reader; it notes when the edge has applied the delivered records. */
function noting(reader: LogReader, deliveries: Deliveries): LogReader {
  return {
    ...reader,
    follow: (topic, from, follower, signal) =>
      reader.follow(
        topic,
        from,
        {
          ...follower,
          async onRecords(partition, records, end) {
            await follower.onRecords(partition, records, end)
            const last = records.at(-1)
            if (last !== undefined)
              deliveries.note(partition, Number(last.offset), machineClock.nowNs())
          },
        },
        signal,
      ),
  }
}
