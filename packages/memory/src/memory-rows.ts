import type {
  AccountState,
  ChangeLogEntry,
  ClaimState,
  FeedState,
  HeldGrant,
  MissedChange,
  RecordedDenial,
  SourceVersion,
  RemovalWindow,
  Statements,
  Subject,
  ForeignToken,
} from '@freshet/protocol'
import type { ContradictedAt, RefusedAt } from '@freshet/intake'
import type { RecordingPause } from '@freshet/reconciler'
import type { AuditStream } from '@freshet/wire'

/** Key: partition. */
export interface ProgressRow {
  readonly partition: number
  readonly e: bigint
  readonly nextOffset: bigint
  readonly lastHash: string | null
  readonly activePv: number
  readonly activeHash: string | null
  readonly minimumPv: number
  readonly foreignSinceMs?: number
  readonly given?: ReadonlyMap<string, number>
  readonly grants?: readonly HeldGrant[]
}

/** Key: partition. */
export type RecordingPauseRow = Omit<RecordingPause, 'at'> & RecordingPause['at']

/** A checkpoint and the time when it was stored. */
export interface StoredCheckpoint {
  readonly hash: string
  readonly offset: bigint
  readonly storedAtMs: number
}

/** Key: partition. */
export interface PublisherRow {
  readonly partition: number
  readonly generation: bigint
  readonly owner: string | null
  readonly renewedAtMs: number
  readonly head: StoredCheckpoint | null
  readonly base: { readonly hash: string; readonly offset: bigint } | null
  readonly mapPublished: StoredCheckpoint | null
  /** The offset of the last head that each key signed. */
  readonly signers: ReadonlyMap<string, bigint>
}

/** Key: partition, offset, hash. */
export interface CheckpointRow {
  readonly partition: number
  readonly hash: string
  readonly offset: bigint
  readonly storedAtMs: number
  readonly isRoot: boolean
}

/** Key: subject key, claim. */
export interface ClaimStateRow {
  readonly subject: Subject
  readonly claim: string
  readonly partition: number
  readonly source: string
  readonly state: ClaimState
}

/** Key: subject key. */
export interface AccountRow {
  readonly subject: Subject
  readonly state: AccountState
}

/** Key: tenant, claim, value key. */
export interface WithdrawnValueRow {
  readonly tenant: string
  readonly claim: string
  readonly value: string
  readonly version: SourceVersion
  readonly atMs: number
}

/** Key: subject key, claim, e, partition, offset. */
export interface DoubtRow {
  readonly subject: Subject
  readonly claim: string
  readonly e: bigint
  readonly partition: number
  readonly offset: bigint
  readonly raised: boolean
  readonly settled: boolean
}

/** Key: scope key. */
export interface WatermarkRow {
  readonly scopeKey: string
  readonly tenant: string
  readonly partition: number
  readonly e: bigint
  readonly position: bigint
  readonly source: string
  readonly change: string
  readonly timeMs: number
  readonly raisedAtMs: number
  readonly record: Uint8Array | null
  /** The cause of the raised time, if it is another change than the one that raised the position. */
  readonly timed?:
    | {
        readonly source: string
        readonly change: string
        readonly record: Uint8Array | null
      }
    | null
    | undefined
}

/** Key: issuer and jti. */
export interface ForeignTokenRow extends ForeignToken {
  readonly stale: {
    readonly atMs: number
    readonly reason: string
    readonly source: string
    readonly change: string
  } | null
}

/** Key: denial key. */
export interface DenialRow extends RecordedDenial {
  readonly published?: StoredCheckpoint
  readonly tenant: string
  readonly target: string
  readonly source: string
  readonly change: string
  readonly atMs: number
  readonly record: Uint8Array | null
}

/** Key: tenant, source, partition. */
export interface FeedRow {
  readonly tenant: string
  readonly source: string
  readonly partition: number
  readonly feed: FeedState
  /** Absent if no snapshot ever began. */
  readonly statements?: Statements
  readonly removals?: RemovalWindow
}

/** Key: subject key, claim. */
export interface ContradictionRow extends ContradictedAt {
  readonly tenant: string
}

/** Key: tenant, source, subject key, claim, statement. */
export interface MissedRow extends MissedChange {
  readonly partition: number
  readonly atMs: number
}

/** Key: tenant, source, partition. */
export interface FeedRefusalRow {
  readonly tenant: string
  readonly source: string
  readonly partition: number
  readonly count: number
  /** Newest first. */
  readonly latest: readonly RefusedAt[]
}

/** Key: tenant, source, id, partition. */
export interface ChangeLogRow extends ChangeLogEntry {
  readonly e: bigint
  readonly partition: number
  readonly tokensMarked: number
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  readonly publishedAtMs: number | null
  readonly revocationOffset: bigint | null
}

/** The last report of an edge, as far as the reach of a cut-off counts it. Key: edge. */
export interface EdgeRow {
  readonly state: string
  readonly reportedAtMs: number
}

/** An audit entry. Nothing in process seals it. Key: id. */
export interface AuditPendingRow {
  readonly stream: AuditStream
  readonly id: bigint
  readonly text: string
}

/** Key: id. */
export interface OutboxRow {
  readonly id: bigint
  readonly topic: string
  readonly partition: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, Uint8Array>>
  readonly change: { readonly tenant: string; readonly source: string; readonly id: string } | null
}

/** Key: tenant, source, id, partition. */
export interface StampRow {
  readonly tenant: string
  readonly source: string
  readonly id: string
  readonly partition: number
  readonly number: bigint
  readonly sequence: bigint | null
  readonly contentHash: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, Uint8Array>> | null
  readonly acknowledged: boolean
  readonly offset: bigint | null
  /** The time at which a gateway stamped it, or the reconciler read it. */
  readonly createdAtMs: number
}

/** Key: tenant, source. Every lower sequence and number has had a stamp. */
export interface StampFloorRow {
  readonly tenant: string
  readonly source: string
  readonly nextSequence: bigint
  /** The next numbers by partition. */
  readonly nextNumbers: ReadonlyMap<number, bigint>
}

/** A used assertion of a source. */
export interface SourceUseRow {
  readonly key: string
  readonly source: string
  readonly jti: string
  readonly expMs: number
}

/** An assertion of a client that was used. */
export interface AssertionRow {
  readonly key: string
  readonly client: string
  readonly jti: string
  readonly expMs: number
}
