import { FreshetError, invariant } from '@freshet/protocol'
import type {
  LogReader,
  LogRecord,
  LogWriter,
  OutgoingRecord,
  PartitionBounds,
  LogFollower,
} from '@freshet/wire'
import { memoryPartition, type MemoryPartition } from './memory-partition.ts'

/** The most records of one delivery to a follower. */
const LOT_MAX = 2_000

/** One call of `follow`. */
interface MemoryFollowing {
  readonly open: (partition: number) => MemoryPartition
  readonly from: ReadonlyMap<number, bigint>
  readonly follower: LogFollower
  readonly signal: AbortSignal
}

/** Follows each partition on its own until the signal aborts or the follower throws. */
async function followMemory(following: MemoryFollowing): Promise<void> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  following.signal.addEventListener('abort', abort, { once: true })
  if (following.signal.aborted) abort()
  try {
    const loops = Array.from(following.from, async ([partition, position]) => {
      try {
        await followOne({ ...following, signal: stop.signal }, partition, position)
      } catch (error) {
        abort()
        throw error
      }
    })
    const failed = (await Promise.allSettled(loops)).find((loop) => loop.status === 'rejected')
    if (failed) throw failed.reason
  } finally {
    following.signal.removeEventListener('abort', abort)
  }
}

async function followOne(
  { open, follower, signal }: MemoryFollowing,
  partition: number,
  from: bigint,
): Promise<void> {
  const log = open(partition)
  let position = from
  let connection = log.connection()
  while (!signal.aborted) {
    if (connection !== log.connection()) {
      connection = log.connection()
      await follower.onReconnect?.(partition)
    } else if (!log.holds(position)) {
      const bounds = { partition, earliest: log.earliest(), end: log.end() }
      position = await follower.onOffsetLost(partition, bounds)
    } else {
      const lot = log.slice(position, LOT_MAX)
      position += BigInt(lot.length)
      // The wait begins before the follower runs, so a change during its work is not missed.
      const changed = lot.length === 0 ? log.changed(signal) : undefined
      await follower.onRecords(partition, lot, log.end())
      await changed
    }
  }
}

/** Kafka's semantics in one process, with the faults that Kafka can have. */
export interface MemoryLog extends LogReader, LogWriter {
  /** Creates a topic. The topic must not exist; see `recreate`. */
  createTopic(topic: string, partitions: number): void
  /** Deletes the record at `toOffset` and all after it, as a lost tail would. Followers reconnect. */
  truncate(topic: string, partition: number, toOffset: bigint): void
  /** Deletes the records before the offset, as retention would. */
  dropBefore(topic: string, partition: number, offset: bigint): void
  /** Deletes the topic and creates it again: it is empty, offsets begin at zero, and followers reconnect. */
  recreate(topic: string): void
  /** Makes every follower lose contact and reconnect. */
  reconnect(): void
}

/**
 * Creates a log in memory that keeps the contract of reader and writer.
 *
 * `nowMs` returns the time of an append. An append wakes followers in the same turn of the event loop. There
 * are no timers, so a follower that has read everything gets one empty answer.
 */
export function memoryLog(nowMs: () => number): MemoryLog {
  const topics = new Map<string, readonly MemoryPartition[]>()
  const partitionsOf = (topic: string): readonly MemoryPartition[] =>
    topics.get(topic) ?? unavailable(`Topic ${topic} does not exist.`)
  const partitionOf = (topic: string, partition: number): MemoryPartition =>
    partitionsOf(topic)[partition] ??
    mismatch(`Topic ${topic} has ${partitionsOf(topic).length} partitions, not ${partition + 1}.`)
  return {
    createTopic(topic, partitions) {
      invariant(!topics.has(topic), `Topic ${topic} exists already.`)
      topics.set(topic, Array.from({ length: partitions }, memoryPartition))
    },
    append: async (topic, partition, records) => {
      invariant(records.length > 0, `An append to ${topic}/${partition} must hold a record.`)
      const log = partitionOf(topic, partition)
      const baseOffset = log.end()
      const appendedAtMs = nowMs()
      log.append(
        records.map((record, index) =>
          stored(record, { topic, partition, offset: baseOffset + BigInt(index), appendedAtMs }),
        ),
      )
      return { baseOffset, appendedAtMs }
    },
    bounds: async (topic, partitions) =>
      partitions === undefined
        ? partitionsOf(topic).map(boundsOf)
        : partitions.map((partition) => boundsOf(partitionOf(topic, partition), partition)),
    read: async (topic, partition, from, limit) => {
      const log = partitionOf(topic, partition)
      if (!log.holds(from)) throw offsetLost(topic, partition, from)
      return log.slice(from, limit)
    },
    follow: async (topic, from, follower, signal) => {
      const open = (partition: number): MemoryPartition => partitionOf(topic, partition)
      await followMemory({ open, from, follower, signal })
    },
    truncate: (topic, partition, toOffset) => partitionOf(topic, partition).truncate(toOffset),
    dropBefore: (topic, partition, offset) => partitionOf(topic, partition).dropBefore(offset),
    recreate: (topic) => partitionsOf(topic).forEach((log) => log.clear()),
    reconnect: () => [...topics.values()].flat().forEach((log) => log.reconnect()),
  }
}

/** Copies the bytes: a caller that reuses its buffer must not change the appended records. */
function stored(
  record: OutgoingRecord,
  place: Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'appendedAtMs'>,
): LogRecord {
  const { topic, partition, offset, appendedAtMs } = place
  const headers: Record<string, Uint8Array> = {}
  for (const [name, value] of Object.entries(record.headers)) headers[name] = copyOf(value)
  const key = record.key && copyOf(record.key)
  const value = record.value && copyOf(record.value)
  return { topic, partition, offset, appendedAtMs, key, value, headers }
}

/** Copies bytes. A Buffer's own `slice` would share its memory. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

function boundsOf(log: MemoryPartition, partition: number): PartitionBounds {
  return { partition, earliest: log.earliest(), end: log.end() }
}

function offsetLost(topic: string, partition: number, offset: bigint): FreshetError {
  const text = `Read ${topic}/${partition} at ${offset}: the position does not exist in the topic.`
  return new FreshetError('broker.offset-lost', text)
}

function unavailable(message: string): never {
  throw new FreshetError('broker.unavailable', message)
}

function mismatch(message: string): never {
  throw new FreshetError('topic.mismatch', message)
}
