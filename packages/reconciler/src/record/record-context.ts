import type { ActivePolicy, BatchDecision, Registry } from '@freshet/protocol'
import type { Incoming, LogRecord, Timer } from '@freshet/wire'
import type { RecorderStore, WalkLimits } from './recorder-store.ts'
import type { RecordingTurns } from './recording-turns.ts'

/** The dependencies of recording. */
export interface RecordContext {
  readonly store: RecorderStore
  readonly timer: Timer
  /** Issuer of the tokens that revocations name. */
  readonly issuer: string
  /** `incomingOf` with the keys that the policy in force has for its sources (rule 32). */
  readonly authenticate: (record: LogRecord, policy: ActivePolicy) => Incoming | Promise<Incoming>
  /** The registry of a policy version, if this process has loaded that very content. */
  readonly registryOf: (pv: number, hash: string) => Registry | undefined
  /** The turns of recording. Absent: every partition records at any time. */
  readonly turns?: RecordingTurns
  /** The limits of one step at the end of a snapshot. Default: `WALK_LIMITS`. */
  readonly walkLimits?: WalkLimits | undefined
  /** Called after each commit: there can be rows to publish, and `through` can have moved. */
  onCommitted?(partition: number, batch: CommittedBatch): void
}

/** The effects of one committed transaction. */
export interface CommittedBatch {
  readonly e: bigint
  readonly nextOffset: bigint
  /** Records consumed. */
  readonly records: number
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  readonly decision: BatchDecision
}

/** The position that the reader assumes: the one from which its first record was read. */
export interface ReadPosition {
  readonly e: bigint
  readonly nextOffset: bigint
  /** The policy in force there. Absent: the stored one is used. */
  readonly policy?: ActivePolicy
}

/** The result of recording a list of records. */
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
   * The stored position is of another incarnation, behind ours or under another policy: read again from
   * there.
   */
  | { readonly kind: 'superseded' }
