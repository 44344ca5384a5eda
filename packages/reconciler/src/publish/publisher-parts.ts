import { CONTROL_PARTITION } from '@freshet/protocol'
import type { LogReader, LogWriter, Timer } from '@freshet/wire'
import { recordingTurns } from '../record/recording-turns.ts'
import type { IncarnationCheck } from '../record/run-partition.ts'
import type { CheckpointKeys } from './checkpoint-keys.ts'
import type { PublishTicker } from './publish-ticker.ts'
import type { PublishedRow, PublisherStore } from './publisher-store.ts'
import type { WakeUp } from './wake-up.ts'

/** The dependencies of publishing one partition. */
export interface PublisherParts {
  readonly store: PublisherStore
  readonly writer: LogWriter
  readonly reader: LogReader
  readonly keys: CheckpointKeys
  /** Raises the incarnation if the topics show a later one than the database's (rule 28). */
  readonly incarnation: IncarnationCheck
  readonly timer: Timer
  readonly wakeUp: WakeUp
  /** Every turn begins on it, so that edges verify at most one batch of a partition per beat. */
  readonly ticker: PublishTicker
  /** One for all publishers of a process. */
  readonly roots: RootTurns
  /** Names this process in the progress rows, for people. */
  readonly owner: string
  /** T_max + margin: no token is judged by anything older. */
  readonly baseAgeMs: number
  /**
   * T_max. Heartbeats state it, so that an edge with the same or a shorter token life begins at base; absent:
   * edges read everything.
   */
  readonly tokenLifeMaxMs?: number
  /** Unpredictable text for the roots of checkpoint trees. */
  readonly nonce: () => string
  /** Called once for each failure that will be retried. */
  readonly onTrouble: (partition: number, error: unknown) => void
  /** Called for each publication that was stored. */
  readonly onPublished: (partition: number, rows: readonly PublishedRow[]) => void
}

/** Partitions of subjects that write a new root at a time. */
const SUBJECT_ROOTS_MAX = 1

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
