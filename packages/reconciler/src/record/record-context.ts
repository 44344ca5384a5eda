import type { ActivePolicy, BatchDecision, Registry } from '@freshet/domain'
import type { Incoming, LogRecord, Timer } from '@freshet/events'
import type { RecorderStore, WalkLimits } from './recorder-store.ts'
import type { RecordingTurns } from './recording-turns.ts'

/** What recording needs. */
export interface RecordContext {
  readonly store: RecorderStore
  readonly timer: Timer
  /** Issuer of the tokens, as revocations name it. */
  readonly issuer: string
  /** `incomingOf` with the keys that the policy in force has for its sources (rule 32). */
  readonly authenticate: (record: LogRecord, policy: ActivePolicy) => Incoming | Promise<Incoming>
  /** The registry of a policy version, if this process has loaded that very content. */
  readonly registryOf: (pv: number, hash: string) => Registry | undefined
  /** Whose turn it is to record. Absent: everybody's. */
  readonly turns?: RecordingTurns
  /** How much one step of the end of a full statement reads and changes. Default: `WALK_LIMITS`. */
  readonly walkLimits?: WalkLimits | undefined
  /** After each commit: there may be something to publish, `through` may have moved. */
  onCommitted?(partition: number, batch: CommittedBatch): void
}

/** What one committed transaction did. */
export interface CommittedBatch {
  readonly e: bigint
  readonly nextOffset: bigint
  /** Records consumed. */
  readonly records: number
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  readonly decision: BatchDecision
}

/** Where the reader believes to be: the position that its first record was read from. */
export interface ReadPosition {
  readonly e: bigint
  readonly nextOffset: bigint
  /** The policy in force there. Absent: what is stored is asked for it. */
  readonly policy?: ActivePolicy
}

/** How recording a list of records ended. */
export type RecordResult =
  | { readonly kind: 'recorded'; readonly nextOffset: bigint; readonly policy: ActivePolicy }
  /** A policy version must be loaded before the record at `nextOffset` can be judged. */
  | {
      readonly kind: 'waiting'
      readonly nextOffset: bigint
      readonly policy: ActivePolicy
      readonly needs: { readonly pv: number; readonly hash: string }
    }
  /**
   * The stored position is of another incarnation, behind ours or under another policy: read again
   * from there.
   */
  | { readonly kind: 'superseded' }
