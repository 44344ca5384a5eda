import type {
  ActivePolicy,
  BatchDecision,
  BatchState,
  Cause,
  ErrorCode,
  HeldFeed,
  HeldGrant,
  NeededState,
  SourceVersion,
  WalkCursor,
  WalkedClaims,
} from '@freshet/protocol'
import type { AuditEntry, OutgoingRecord } from '@freshet/wire'

/** The progress of recording a partition of the change topic. */
export interface RecordedProgress {
  readonly partition: number
  readonly e: bigint
  /** Offset of the next record to apply. */
  readonly nextOffset: bigint
  /** `recordsHash` of the one record before `nextOffset`; null before the first one. */
  readonly lastHash: string | null
  readonly policy: ActivePolicy
  /** The break-glass grants of the control partition; some of them can have ended. */
  readonly grants: readonly HeldGrant[]
}

/** A record that is to be published, in the order of its list. */
export interface OutboxEntry {
  readonly topic: string
  readonly partition: number
  readonly record: OutgoingRecord
  /** The change that it publishes, whose publication time is to be stored; null for none. */
  readonly cause: Cause | null
}

/** The stored facts of a quarantined record, beside its bytes in the quarantine topic. */
export interface QuarantinedEntry {
  /** See `quarantinedIdOf`: the same content is one record, however often it arrived. */
  readonly id: string
  /** The place where it was found. */
  readonly topic: string
  /** First and newest offset in the batch that held it. */
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  readonly arrivals: number
  /** Broker's time of the first and the newest arrival. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  readonly code: ErrorCode
  readonly rule: string
  /** The change and its source, if they are proven. */
  readonly cause: Cause | null
  /** The source that it names, if no source is proven. */
  readonly claimedSource: string | null
  /** Size of key, value and headers. */
  readonly bytes: number
}

/** A partition that cannot continue: the record, the start of the pause and the reason. */
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
  /** Hash of the record before the decision's `nextOffset`; null if nothing was consumed. */
  readonly lastHash: string | null
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  readonly outbox: readonly OutboxEntry[]
  /** The records that the batch quarantined, each content once. */
  readonly quarantined: readonly QuarantinedEntry[]
  /** The decision's publications as records, by their index, to publish them again after a loss. */
  readonly published: readonly OutgoingRecord[]
  /** The audit entries of the batch. */
  readonly audit: readonly AuditEntry[]
}

/** The statements that run while the progress row of a partition is locked. */
export interface RecorderTransaction {
  /** The progress under the lock. */
  readonly progress: RecordedProgress
  /** Reads the state that a batch needs, except the claims that a snapshot removes: see `walk`. */
  load(needed: NeededState): Promise<LoadedState>
  /** Reads the next claims of a walk, in an order that is the same for each step. */
  walk(step: WalkStep): Promise<WalkedClaims>
  /**
   * Returns a feed of the partition whose walk must continue (`isWalking`), first one that removes claims;
   * `undefined`: there is none.
   */
  walking(): Promise<HeldFeed | undefined>
  /**
   * Writes the batch, set by set. Watermarks merge by max, doubts by `or`; a change row that was accepted is
   * never replaced. `MarkStore` processes the marks after the commit.
   */
  save(batch: RecordedBatch): Promise<void>
}

/** The stored part of a {@link BatchState} that its records name. */
export type LoadedState = Pick<
  BatchState,
  'seen' | 'claims' | 'accounts' | 'feeds' | 'withdrawn' | 'known'
>

/** The limits of one step of a walk. */
export interface WalkLimits {
  /** Stored claims of the tenant that it reads at most, of any source. */
  readonly read: number
  /** Claims that are returned in `swept` at most; 0: they are only counted. */
  readonly take: number
}

/** A step of the walk over the claims of a partition that a snapshot names or leaves out. */
export interface WalkStep {
  readonly tenant: string
  readonly source: string
  /** Names of the claims that the source states. */
  readonly claims: readonly string[]
  /** Version of the snapshot's begin. */
  readonly floor: SourceVersion
  /** `null`: from the first claim. */
  readonly after: WalkCursor | null
  readonly limits: WalkLimits
  /** True if `size` is requested; otherwise it is 0. */
  readonly counts: boolean
}

/**
 * The store of everything that the recorder applied: claim state, watermarks, waiting marks, the change log,
 * the outbox and the progress. One transaction writes all of it (rule 2).
 *
 * @throws `database.*`; then the transaction had no effect or, if its outcome is unknown,
 *   all of it: reading again from the stored position is right in both cases
 */
export interface RecorderStore {
  /** Inserts the progress rows that are missing, in incarnation `e`. Idempotent. */
  ensureProgress(partitions: readonly number[], e: bigint): Promise<void>
  /**
   * Stores the last pause of a partition, for readers. It holds until the stored position is behind the
   * record that it names; no call has to remove it.
   */
  notePause(pause: RecordingPause): Promise<void>
  /** Reads without a lock. @throws `invariant.broken` without a row */
  progress(partition: number): Promise<RecordedProgress>
  /** Returns the partitions in which the walk of some feed must continue. */
  walkedPartitions(): Promise<readonly number[]>
  /**
   * Runs `work` while holding the lock of the partition's progress row. With `isShared` the transaction can
   * be shared with other partitions that begin at the same time. It waits for no lock then. If another
   * transaction holds the lock, this rejects with `database.timeout`, and `work` does not run. If one of them
   * fails, all can reject; each was recorded as a whole or not at all. Default: a transaction of its own.
   */
  inPartition<T>(
    partition: number,
    work: (tx: RecorderTransaction) => Promise<T>,
    isShared?: boolean,
  ): Promise<T>
}
