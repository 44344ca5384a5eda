import { CONTROL_PARTITION } from '@freshet/domain'

/**
 * Partitions of subjects whose batches are recorded at a time. A step of one takes tens of milliseconds
 * of the event loop; between two steps of the control partition no more than these come.
 */
export const SUBJECT_BATCHES_MAX = 3

/** Who records, and who waits for it. */
export interface RecordingTurns {
  /** Runs work for a batch of a partition, in turn with other partitions of subjects. */
  run<T>(partition: number, work: () => Promise<T>): Promise<T>
}

/**
 * Lets so many partitions of subjects record at a time, in the order in which they asked: at most one
 * batch of each partition waits. The control partition waits for none of them.
 */
export function recordingTurns(max: number = SUBJECT_BATCHES_MAX): RecordingTurns {
  const waiting: (() => void)[] = []
  let running = 0
  const enter = (): Promise<void> | undefined => {
    if (running < max) {
      running += 1
      return undefined
    }
    return new Promise((resolve) => waiting.push(resolve))
  }
  /** Its place goes to the next that waits. */
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
  return {
    async run(partition, work) {
      if (partition === CONTROL_PARTITION) return work()
      await enter()
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
