import type { ErrorCode } from '@freshet/protocol'
import type { EdgeReport, UnverifiedSources } from '@freshet/wire'
import type { ForeignSubjectCounts } from '../token/subject-forms.ts'

/** The state of one edge at a moment; cheap, for health and metrics. */
export interface EdgeStats {
  readonly edge: string
  /**
   * `starting`: has never caught up yet. `live`: every partition had a heartbeat within two intervals.
   * `lagging`: later than that. `unverified`: some partition is beyond its lease, or something could not be
   * held; nothing, or not everything, is fresh. `closing`.
   */
  readonly state: EdgeReport['state']
  /** Age of the oldest partition's last heartbeat that counted; null while one had none. */
  readonly viewAgeMs: number | null
  readonly partitions: readonly PartitionStats[]
  /** Version of the claim map in force; undefined while none is. */
  readonly mapVersion: number | undefined
  /** Watermarks held, of all tenants. */
  readonly watermarks: number
  /** Tenants of which a watermark found no room: their tokens are unverified until it would have ended. */
  readonly watermarksOverflowing: number
  /** Denials held, of all tenants. */
  readonly denials: number
  /** Tenants of which a denial found no room, likewise. */
  readonly denialsOverflowing: number
  readonly verifiedTokens: number
  /** Foreign tokens that were verified since the start, by the spelling of their subjects. */
  readonly foreignSubjects: ForeignSubjectCounts
  /** Estimated bytes of the verified tokens with all that is remembered with them, and of the latest allows. */
  readonly verifiedTokenBytes: number
  readonly allowBytes: number
  readonly sessions: number
  readonly keysLoaded: boolean
  /**
   * A record could not be held or read. A record without room concerns the tokens of its tenant; an
   * unreadable record concerns all. These are unverified until the record would have ended.
   */
  readonly isOverflowing: boolean
  readonly decisions: Readonly<Record<'allow' | 'deny' | 'challenge', number>>
  /** Requests that observed routes let in and would not have, by code; `stripped` among them. */
  readonly observed: Readonly<Record<string, number>>
  /** Requests that went on by a grant, although a claim was unverified (break-glass). */
  readonly opened: number
  /** Requests that were let in before a revocation that would have refused them could be applied. */
  readonly staleAllows: number
  /** Allows that could not be held long enough to count them: then `staleAllows` is a lower bound. */
  readonly allowEvictions: number
  /**
   * The sources that the edge cannot vouch for, of its last look, which it has once a second. `isOutOfView`: its own view
   * is too old or not complete, so it vouches for none, and names none.
   */
  readonly unverified: UnverifiedSources
  /** The reason why an edge was never ready, with the next step; undefined once it was ready. */
  readonly waitsFor: string | undefined
  /** Why reading revocations stopped the last time; undefined while it goes on. */
  readonly trouble: ErrorCode | undefined
}

/** The state of an edge in one partition of the revocation topic. */
export interface PartitionStats {
  readonly partition: number
  readonly e: bigint | undefined
  readonly live: boolean
  /** Next offset of the revocation topic. */
  readonly applied: bigint
  readonly viewAgeMs: number | null
}
