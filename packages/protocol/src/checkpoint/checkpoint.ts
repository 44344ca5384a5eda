import type { BreakGlassGrant } from '../changes/break-glass-grant.ts'

/** Every state of a source's feed in a partition. */
export const SOURCE_STATES = ['complete', 'hole', 'halted', 'silent'] as const

/**
 * The state of a source's feed in a partition. For people only: `atMs` alone carries the promise, because a
 * hole or a halt stops it from growing and takes nothing back.
 */
export type SourceState = (typeof SOURCE_STATES)[number]

/**
 * The time up to which a source has sent everything; `atMs` is null until its first heartbeat in this
 * incarnation.
 */
export interface SourceThrough {
  readonly atMs: number | null
  readonly state: SourceState
}

/** `through` per tenant and per source. */
export type ThroughTable = ReadonlyMap<string, ReadonlyMap<string, SourceThrough>>

/** Many tenants of a source in the same state: each is complete, at least up to the time of its source. */
export interface ThroughGroup {
  /** Name of the list of tenants: a digest over it. */
  readonly list: string
  /** The tenants, ascending; absent where an earlier heartbeat carried them. */
  readonly tenants?: readonly string[]
  readonly sources: ReadonlyMap<string, number>
}

/** A place in the change topic: the next offset to apply, and the hash of the record before it. */
export interface ChangePosition {
  readonly offset: bigint
  readonly lastRecordHash: string | null
}

/** A checkpoint in the revocation topic, by its hash and by where it stands. */
export interface CheckpointRef {
  readonly hash: string
  readonly offset: bigint
}

/** The content of a checkpoint beside its records, if it also reports `through` of the sources. */
export interface Heartbeat {
  /** Feeds that are stated one by one. Without groups these are all. */
  readonly through: ThroughTable
  /** Feeds that are stated together; a reader that lacks a list knows nothing of its group. Absent: none. */
  readonly groups?: readonly ThroughGroup[]
  readonly minimumPv: number
  /** Foreign tokens that were issued up to then are stale; absent: none is accepted here yet. */
  readonly foreignSinceMs?: number
  readonly mapVersion: number
  readonly mapHash: string
  readonly next: ChangePosition
  /** The checkpoint whose predecessors no reader needs; the path of a reader ends there. */
  readonly base: CheckpointRef
  /** T_max of the publisher: base covers tokens that live so long; absent: not stated. */
  readonly tokenLifeMaxMs?: number
  /** The break-glass grants in force at this heartbeat's `next`, in the control partition; absent: none. */
  readonly grants?: readonly BreakGlassGrant[]
  /** Emission time by the publisher's clock: for measuring only, no decision reads it. */
  readonly atMs?: number
}

/**
 * The signed end of a batch in one partition of the revocation topic.
 *
 * `previous` is the hash of the checkpoint it continues (null for a root, which has a `nonce` of its own).
 * `count` and `recordsHash` bind the records that stand directly before it. The hash of a checkpoint itself
 * is computed by the caller over its signed bytes.
 */
export interface Checkpoint {
  readonly e: bigint
  readonly partition: number
  readonly generation: bigint
  readonly previous: string | null
  readonly nonce?: string
  readonly count: number
  readonly recordsHash: string
  readonly heartbeat?: Heartbeat
}

/** The result of verifying a checkpoint's signature by the keys that the reader accepts. */
export type SignatureVerdict = 'valid' | 'invalid' | 'unknown-key'
