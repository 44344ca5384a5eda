import type { BreakGlassGrant } from '../changes/break-glass-grant.ts'
import type { StatedThrough } from './group-through.ts'
import type { ChangePosition, CheckpointRef, ThroughTable } from './checkpoint.ts'

/** A checkpoint that the database names as one of its heads; the time is the database's. */
export interface StoredHead extends CheckpointRef {
  readonly storedAtMs: number
}

/** A record without expiry (denial of a key or an issuer, the claim map) and its latest publication. */
export interface Permanent<Row> {
  readonly row: Row
  /** The head that was stored with its latest publication; null while it waits in the outbox. */
  readonly publishedIn: StoredHead | null
}

/**
 * The rows and state that a publisher reads of one partition, all of it in ONE snapshot (rules 29 and 41): in
 * two snapshots, `through` could cover a row that was not read.
 */
export interface PublisherSnapshot<Row> {
  readonly partition: number
  readonly e: bigint
  readonly generation: bigint
  readonly head: StoredHead | null
  readonly base: CheckpointRef | null
  /** Heads stored since base, oldest first; the newest that is old enough suffices. */
  readonly baseCandidates: readonly StoredHead[]
  /** Names of the keys that signed the heads since base, and base itself. */
  readonly signers: ReadonlySet<string>
  /**
   * Unpublished rows in the order of their changes, at most ROWS_PER_PUBLICATION_MAX. Storing a
   * head marks them by a key made of their position (e, partition, offset, ordinal), never by a
   * counter: a restore gives the counter's value to another row, and a publisher that was paused
   * across the restore would mark that one.
   */
  readonly rows: readonly Row[]
  /** True if `rows` are all rows of the outbox. */
  readonly isDrained: boolean
  readonly permanents: readonly Permanent<Row>[]
  /** Null where it was not read, because no heartbeat is due: then none is sent. */
  readonly through: ThroughTable | null
  /** Lease by source, of the policy in force. */
  readonly leasesMs: ReadonlyMap<string, number>
  readonly minimumPv: number
  readonly foreignSinceMs?: number
  readonly mapVersion: number
  readonly mapHash: string
  readonly next: ChangePosition
  /** The break-glass grants in force; absent: none. */
  readonly grants?: readonly BreakGlassGrant[]
  /** The database's clock in that snapshot. */
  readonly takenAtMs: number
}

/** The data by which a publisher groups many feeds. */
export interface Grouping {
  /** A digest over a list of tenants. */
  readonly nameOf: (tenants: readonly string[]) => string
  /** The content of its last stored heartbeat; null: there is none, so the next one states everything. */
  readonly stated: StatedThrough | null
  /** Its monotonic clock. */
  readonly nowMonoMs: number
}

/** The state that a publisher keeps outside of its snapshot. */
export interface PublisherStatus {
  /** The generation under which it took the partition. */
  readonly generation: bigint
  /** False when the stored head is not found at its offset in the revocation topic. */
  readonly isHeadIntact: boolean
  /** Names of the keys that edges believe checkpoints by: published, and neither retired nor revoked. */
  readonly publishedKeys: ReadonlySet<string>
  /** The terms by which it groups many feeds; absent: every heartbeat states each feed. */
  readonly grouping?: Grouping
  /** Time since its last heartbeat was acknowledged, by its monotonic clock. */
  readonly sinceHeartbeatMs: number
  /** T_max + margin: the age behind which no token is judged any more. */
  readonly baseAgeMs: number
  /** T_max, which heartbeats state; absent: edges begin at the earliest offset. */
  readonly tokenLifeMaxMs?: number
}
