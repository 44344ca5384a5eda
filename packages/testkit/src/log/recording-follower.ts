import type { LogFollower, LogRecord, PartitionBounds } from '@freshet/wire'

/** A follower that remembers its calls and lets a test wait for it without a clock. */
export interface RecordingFollower extends LogFollower {
  readonly records: readonly LogRecord[]
  /** End of the log in each call without records, per partition. */
  readonly emptyEnds: ReadonlyMap<number, readonly bigint[]>
  readonly lost: readonly PartitionBounds[]
  readonly reconnects: readonly number[]
  /** Resolves when the condition holds; looked at after every call. */
  until(condition: () => boolean): Promise<void>
}

/** Behaviour that a test may add to a recording follower. */
export interface FollowerBehaviour {
  readonly onRecords?: (partition: number, records: readonly LogRecord[]) => void | Promise<void>
  /** The place to continue from after a lost offset. Default: the earliest. */
  readonly goOnFrom?: (bounds: PartitionBounds) => bigint
}

/** Makes a follower that records every call. */
export function recordingFollower(behaviour: FollowerBehaviour = {}): RecordingFollower {
  const records: LogRecord[] = []
  const emptyEnds = new Map<number, bigint[]>()
  const lost: PartitionBounds[] = []
  const reconnects: number[] = []
  const waiting = new Set<() => void>()
  const checkWaiting = (): void => {
    for (const check of waiting) check()
  }
  return {
    records,
    emptyEnds,
    lost,
    reconnects,
    async onRecords(partition, added, end) {
      await behaviour.onRecords?.(partition, added)
      records.push(...added)
      if (added.length === 0) {
        emptyEnds.set(partition, [...(emptyEnds.get(partition) ?? []), end])
      }
      checkWaiting()
    },
    onOffsetLost(_partition, bounds) {
      lost.push(bounds)
      checkWaiting()
      return behaviour.goOnFrom?.(bounds) ?? bounds.earliest
    },
    onReconnect(partition) {
      reconnects.push(partition)
      checkWaiting()
    },
    until(condition) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      })
    },
  }
}
