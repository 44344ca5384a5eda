import type { SourceVersion } from '../source-version.ts'
import type { SweepSize } from '../sweep-guard.ts'

/** The claim up to which a walk has read: the key of its subject, and its name. */
export interface WalkCursor {
  readonly subject: string
  readonly claim: string
}

/** The record of the end of a full statement, as far as what it takes away names it. */
export interface EndRecord {
  readonly id: string
  readonly e: bigint
  readonly offset: bigint
  readonly appendedAtMs: number
  readonly occurredAtMs: number
  readonly contentHash: string
  readonly traceparent: string | null
}

/** How much the end of a full statement takes away is counted; nothing of it is decided yet. */
export interface Counting {
  readonly phase: 'counting'
  /** Place of the end. The count of an end at another place begins anew. */
  readonly end: Pick<EndRecord, 'e' | 'offset'>
  readonly after: WalkCursor
  /** Of the claims up to there. */
  readonly size: SweepSize
}

/**
 * A full statement has ended, and a walk over the claims of its source takes away what it does not name. The
 * end counts from its own place: until the walk is over, no heartbeat of the source counts, no claim that
 * the walk has not reached is minted, and a change of such a claim takes it away first.
 */
export interface Taking {
  readonly phase: 'taking'
  readonly end: EndRecord
  /** Id and version of the begin; what is older is taken away. */
  readonly begin: string | null
  readonly floor: SourceVersion
  /** Names of the claims that an earlier full statement had stated. */
  readonly covers: readonly string[]
  /** `null`: from the first claim. */
  readonly after: WalkCursor | null
  /** Whether anything was lost so far. */
  readonly lost: boolean
}

/** The end of a full statement that is processed in steps. */
export type Ending = Counting | Taking
