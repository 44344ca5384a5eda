import type {
  ActivePolicy,
  BatchDecision,
  BatchState,
  Cause,
  ErrorCode,
  HeldFeed,
  HeldOpening,
  NeededState,
  SourceVersion,
  WalkCursor,
  WalkedClaims,
} from '@freshet/domain'
import type { AuditEntry, OutgoingRecord } from '@freshet/events'
import type { ParkedEntry } from './parked-entries.ts'

/** How far a partition of the change topic was recorded. */
export interface RecordedProgress {
  readonly partition: number
  readonly e: bigint
  /** Offset of the next record to apply. */
  readonly nextOffset: bigint
  /** `recordsHash` of the one record before `nextOffset`; null before the first one. */
  readonly lastHash: string | null
  readonly policy: ActivePolicy
  /** What is open, in the control partition; some of it may be over. */
  readonly openings: readonly HeldOpening[]
}

/** A record that is to be published, in the order of the list it stands in. */
export interface OutboxEntry {
  readonly topic: string
  readonly partition: number
  readonly record: OutgoingRecord
  /** The change that it publishes, whose publication time is to be kept; null for none. */
  readonly cause: Cause | null
}

/** A partition that cannot go on: at which record, since when and why. */
export interface RecordingPause {
  readonly partition: number
  /** Place of the first record that is not recorded. */
  readonly at: { readonly e: bigint; readonly nextOffset: bigint }
  readonly code: ErrorCode
  /** Never holds a claim value. */
  readonly message: string
  readonly sinceMs: number
  /** Attempts that failed since then. */
  readonly attempts: number
}

/** Everything that one batch changes. */
export interface RecordedBatch {
  readonly decision: BatchDecision
  /** Hash of the record before the decision's `nextOffset`; null where nothing was consumed. */
  readonly lastHash: string | null
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  readonly outbox: readonly OutboxEntry[]
  /** What the batch parked, each content once. */
  readonly parked: readonly ParkedEntry[]
  /** The decision's publications as records, by their index, to publish them again after a loss. */
  readonly published: readonly OutgoingRecord[]
  /** What the audit keeps of it. */
  readonly audit: readonly AuditEntry[]
}

/** The statements that run while the progress row of a partition is locked. */
export interface RecorderTransaction {
  /** As it stands under the lock. */
  readonly progress: RecordedProgress
  /** Reads what a batch needs, but for what a full statement sweeps: see `walk`. */
  load(needed: NeededState): Promise<LoadedState>
  /** Reads the next claims of a walk, in an order that is the same for each step. */
  walk(step: WalkStep): Promise<WalkedClaims>
  /** A feed of the partition whose walk is to go on (`isWalking`), first one that takes away; `undefined`: there is none. */
  walking(): Promise<HeldFeed | undefined>
  /**
   * Writes the batch, set by set. Watermarks merge by max, doubts by `or`; a change row that was
   * accepted is never replaced. The marks are left for `MarkStore`, which makes them after the commit.
   */
  save(batch: RecordedBatch): Promise<void>
}

/** The stored part of a {@link BatchState} that its records name. */
export type LoadedState = Pick<BatchState, 'seen' | 'claims' | 'accounts' | 'feeds' | 'withdrawn'>

/** How much one step of a walk reads, and changes, at most. */
export interface WalkLimits {
  /** Stored claims of the tenant, of any source. */
  readonly read: number
  /** Claims that are returned in `swept`; 0: they are only counted. */
  readonly take: number
}

/** A step of the walk over the claims of a partition that a full statement names or leaves out. */
export interface WalkStep {
  readonly tenant: string
  readonly source: string
  /** Names of the claims that the source states. */
  readonly claims: readonly string[]
  /** Version of the begin of the statement. */
  readonly floor: SourceVersion
  /** `null`: from the first claim. */
  readonly after: WalkCursor | null
  readonly limits: WalkLimits
  /** Whether `size` is asked for; it is nothing where it is not. */
  readonly counts: boolean
}

/**
 * Where the recorder keeps what it applied: claim state, watermarks, marks to make, the change log, the outbox,
 * and how far it is, all in one transaction (rule 2).
 *
 * @throws `database.*`; when it does, the transaction had no effect or, if its outcome is unknown,
 *   all of it: reading again from the stored position is right in both cases
 */
export interface RecorderStore {
  /** Inserts the progress rows that are missing, in incarnation `e`. Idempotent. */
  ensureProgress(partitions: readonly number[], e: bigint): Promise<void>
  /**
   * Keeps the last pause of a partition, for who looks. It stands until the stored position is behind the
   * record that it names; nothing has to remove it.
   */
  notePause(pause: RecordingPause): Promise<void>
  /** Reads without a lock. @throws `invariant.broken` without a row */
  progress(partition: number): Promise<RecordedProgress>
  /** Partitions in which the walk of some feed is to go on. */
  walkedPartitions(): Promise<readonly number[]>
  /**
   * Runs `work` while holding the lock of the partition's progress row. With `isShared` the transaction can be one with
   * those of other partitions that begin at the same time. It waits for no lock then: if another transaction holds the
   * lock, this rejects with `database.timeout`, and `work` does not run. If one of them fails, all can reject; each was
   * recorded as a whole or not at all. Default: a transaction of its own.
   */
  inPartition<T>(
    partition: number,
    work: (tx: RecorderTransaction) => Promise<T>,
    isShared?: boolean,
  ): Promise<T>
}
