import { CONTROL_PARTITION } from '@freshet/domain'
import { recordingTurns } from '../record/recording-turns.ts'

/** Partitions of subjects that start anew at a time. */
export const SUBJECT_ROOTS_MAX = 1

/** When the publishers of a process start anew. */
export interface RootTurns {
  /** Starts a partition anew in its turn; resolves and rejects as `work` does. */
  run<T>(partition: number, work: () => Promise<T>): Promise<T>
}

/**
 * Lets one partition of subjects at a time start anew, in the order in which they asked. So a process keeps a few
 * steps of rows in memory, however many partitions lost their heads. Every verdict needs the control partition:
 * it waits for none, and no partition of subjects begins while it starts anew.
 */
export function rootTurns(): RootTurns {
  const subjects = recordingTurns({ full: SUBJECT_ROOTS_MAX, small: SUBJECT_ROOTS_MAX })
  let control: Promise<unknown> | undefined
  return {
    run(partition, work) {
      if (partition !== CONTROL_PARTITION)
        return subjects.run({ partition, isFull: true }, async () => {
          await control
          return work()
        })
      const begun = work()
      control = begun.catch(() => undefined)
      return begun
    },
  }
}
