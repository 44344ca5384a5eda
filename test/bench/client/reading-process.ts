import { machineClock } from '../measure/clock.ts'
import { childArgument, tellParent } from '../run/child.ts'
import { openClient, type ClientName } from './clients.ts'

/** The arguments of a process that reads a topic once, as fast as it can. */
export interface ReadingPlan {
  readonly client: ClientName
  readonly brokers: readonly string[]
  readonly topic: string
}

/** The time and the processor time that it took, and the records. */
export interface ReadOnce {
  readonly ns: number
  readonly cpuS: number
  readonly records: number
}

const MICROSECONDS = 1_000_000

/** Entry of a process that follows all partitions from their starts to their present ends. */
const { client: name, brokers, topic } = childArgument() as ReadingPlan
const client = openClient(name, brokers)
const bounds = await client.reader.bounds(topic)
const open = new Map(bounds.map(({ partition, end }) => [partition, end]))
const stop = new AbortController()
let records = 0
const before = process.cpuUsage()
const startNs = machineClock.nowNs()
await client.reader.follow(
  topic,
  new Map(bounds.map(({ partition, earliest }) => [partition, earliest])),
  {
    onRecords(partition, lot) {
      records += lot.length
      const last = lot.at(-1)?.offset ?? -1n
      if (last + 1n >= (open.get(partition) ?? 0n)) open.delete(partition)
      if (open.size === 0) stop.abort()
    },
    onOffsetLost: (_partition, { earliest }) => earliest,
  },
  stop.signal,
)
const ns = machineClock.nowNs() - startNs
const { user, system } = process.cpuUsage(before)
tellParent({ ns, cpuS: (user + system) / MICROSECONDS, records } satisfies ReadOnce)
await client.close()
