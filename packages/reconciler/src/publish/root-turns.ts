import { CONTROL_PARTITION } from '@freshet/protocol'
import { recordingTurns } from '../record/recording-turns.ts'

/** Partitions of subjects that write a new root at a time. */
export const SUBJECT_ROOTS_MAX = 1

/** The schedule of new roots for the publishers of a process. */
export interface RootTurns {
  /** Writes a partition's new root in its turn; resolves and rejects as `work` does. */
  run<T>(partition: number, work: () => Promise<T>): Promise<T>
}

/**
 * Lets one partition of subjects at a time write a new root, in the order of their requests. So a process
 * keeps a few steps of rows in memory, however many partitions lost their heads. Every verdict needs the
 * control partition. It waits for no partition of subjects, and none of them begins while it writes its root.
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
