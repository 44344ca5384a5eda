import type { LogFollower } from '@freshet/wire'
import type { MemoryPartition } from './memory-partition.ts'

/** The most records of one delivery to a follower. */
const LOT_MAX = 2_000

/** One call of `follow`. */
export interface MemoryFollowing {
  readonly open: (partition: number) => MemoryPartition
  readonly from: ReadonlyMap<number, bigint>
  readonly follower: LogFollower
  readonly signal: AbortSignal
}

/** Follows each partition on its own until the signal aborts or the follower throws. */
export async function followMemory(following: MemoryFollowing): Promise<void> {
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
