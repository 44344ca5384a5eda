import { setTimeout as sleep } from 'node:timers/promises'
import { Deliveries, type Ends } from '../end-to-end/deliveries.ts'
import { machineClock } from '../measure/clock.ts'
import { childArgument, hearParent, tellParent } from '../run/child.ts'
import { openClient, type ClientName } from './clients.ts'

/** The arguments of a process that follows a topic by some readers of one client. */
export interface ReadersPlan {
  readonly client: ClientName
  readonly brokers: readonly string[]
  readonly topic: string
  readonly readers: number
}

/** The results of such a process. */
export interface ReadersRead {
  /** The deliveries of each reader. */
  readonly triples: readonly Float64Array[]
  /** Processor time between the two messages of the parent, in seconds. */
  readonly cpuS: number
}

const POLL_MS = 20
const MICROSECONDS = 1_000_000

/**
 * Entry of a process with readers of its own, each from the start of the topic. It reports when all have read what
 * is there. The first message of the parent begins the count of processor time. The second one has the ends at which
 * the process reports.
 */
const { client: name, brokers, topic, readers } = childArgument() as ReadersPlan
const client = openClient(name, brokers)
const bounds = await client.reader.bounds(topic)
const present: Ends = bounds
  .filter(({ end }) => end > 0n)
  .map(({ partition, end }) => [partition, Number(end)])
const all = Array.from({ length: readers }, () => follow())
await reached(present)
tellParent('following')
await hearParent<'count'>()
const before = process.cpuUsage()
const ends = await hearParent<Ends>()
await reached(ends)
const { user, system } = process.cpuUsage(before)
const triples = all.map((deliveries) => deliveries.triples())
tellParent({ triples, cpuS: (user + system) / MICROSECONDS } satisfies ReadersRead)

function follow(): Deliveries {
  const deliveries = new Deliveries()
  const from = new Map(bounds.map(({ partition, earliest }) => [partition, earliest]))
  const follower = {
    onRecords(partition: number, records: readonly { readonly offset: bigint }[]) {
      const last = records.at(-1)
      if (last !== undefined) deliveries.note(partition, Number(last.offset), machineClock.nowNs())
    },
    onOffsetLost: (): never => {
      throw new Error('The topic lost records.')
    },
  }
  client.reader
    .follow(topic, from, follower, new AbortController().signal)
    .catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  return deliveries
}

async function reached(wanted: Ends): Promise<void> {
  while (!all.every((deliveries) => deliveries.reach(wanted))) await sleep(POLL_MS)
}
