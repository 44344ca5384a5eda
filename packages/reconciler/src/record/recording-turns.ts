import { CONTROL_PARTITION } from '@freshet/protocol'

/**
 * Partitions of subjects whose full batches are recorded at a time. A step of one takes tens of milliseconds
 * of the event loop. At most this many steps come between two steps of the control partition.
 */
export const SUBJECT_BATCHES_MAX = 3

/**
 * The same limit for batches that are not full. Records that come while they wait share their transaction,
 * which costs as much for a few records as for many.
 */
export const SMALL_BATCHES_MAX = 2

/** The partition of a batch, and whether the batch is full. */
export interface RecordingTurn {
  readonly partition: number
  readonly isFull: boolean
}

/** The order in which partitions record. */
export interface RecordingTurns {
  /** Runs work for a batch of a partition, in turn with other partitions of subjects. */
  run<T>(turn: RecordingTurn, work: () => Promise<T>): Promise<T>
}

interface TurnLimits {
  readonly full: number
  readonly small: number
}

interface Waiting {
  readonly besides: number
  readonly begin: () => void
}

/**
 * Lets partitions of subjects record in the order of their requests; at most one batch of each waits. A full
 * batch begins beside fewer than `full` others, and one that is not full beside fewer than `small`. The
 * control partition waits for none of them.
 */
export function recordingTurns({
  full = SUBJECT_BATCHES_MAX,
  small = SMALL_BATCHES_MAX,
}: Partial<TurnLimits> = {}): RecordingTurns {
  const waiting: Waiting[] = []
  let running = 0
  const beginNext = (): void => {
    for (let [next] = waiting; next !== undefined && running <= next.besides; [next] = waiting) {
      waiting.shift()
      running += 1
      next.begin()
    }
  }
  const enter = (besides: number): Promise<void> =>
    new Promise((begin) => {
      waiting.push({ besides, begin })
      beginNext()
    })
  return {
    async run({ partition, isFull }, work) {
      if (partition === CONTROL_PARTITION) return work()
      await enter((isFull ? full : small) - 1)
      try {
        return await work()
      } finally {
        running -= 1
        beginNext()
      }
    },
  }
}
