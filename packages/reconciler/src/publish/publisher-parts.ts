import type { LogReader, LogWriter, Timer } from '@freshet/wire'
import type { IncarnationCheck } from '../record/run-partition.ts'
import type { PublishTicker } from './publish-ticker.ts'
import type { CheckpointKeys } from './checkpoint-keys.ts'
import type { PublishedRow, PublisherStore } from './publisher-store.ts'
import type { RootTurns } from './root-turns.ts'
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
