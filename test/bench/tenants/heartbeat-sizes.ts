import { readCheckpoint, REVOCATIONS_TOPIC, type LogReader, type LogRecord } from '@freshet/wire'
import type { Distribution } from '../measure/distribution.ts'

const BYTES_PER_KB = 1_000
const READ_MAX = 1_000

/** Sizes of heartbeats in kilobytes. */
export interface HeartbeatSizes {
  /** Those of heartbeats without a list of tenants. */
  readonly usual: readonly number[]
  readonly withList: readonly number[]
}

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, bigint>

/** Returns the ends of the partitions of the revocation topic. */
export async function revocationEnds(reader: LogReader): Promise<Offsets> {
  const bounds = await reader.bounds(REVOCATIONS_TOPIC)
  return new Map(bounds.map(({ partition, end }) => [partition, end]))
}

/** Reads the heartbeats that were published between these offsets. */
export async function heartbeatSizes(
  reader: LogReader,
  from: Offsets,
  until: Offsets,
): Promise<HeartbeatSizes> {
  const sizes = { usual: new Array<number>(), withList: new Array<number>() }
  for (const [partition, end] of until)
    for (let at = from.get(partition) ?? 0n; at < end;) {
      const records = await reader.read(REVOCATIONS_TOPIC, partition, at, READ_MAX)
      if (records.length === 0) break
      for (const record of records) note(record, sizes)
      at = (records.at(-1)?.offset ?? at) + 1n
    }
  return sizes
}

function note(record: LogRecord, sizes: { usual: number[]; withList: number[] }): void {
  const heartbeat = readCheckpoint(record)?.checkpoint.heartbeat
  if (heartbeat === undefined) return
  const hasList = heartbeat.groups?.some(({ tenants }) => tenants !== undefined) === true
  const kind = hasList ? sizes.withList : sizes.usual
  kind.push((record.value?.length ?? 0) / BYTES_PER_KB)
}

/** Returns the distribution of so few values that each of them counts. @throws RangeError if there is none */
export function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b)
  const max = sorted.at(-1)
  if (max === undefined) throw new RangeError('Nothing was measured.')
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? max
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max, n: sorted.length }
}
