import type { SourceVersion } from '../../position/source-version.ts'
import type { RemovalSize } from '../../guards/snapshot-removal-guard.ts'

/** The claim up to which a walk has read: the key of its subject, and its name. */
export interface WalkCursor {
  readonly subject: string
  readonly claim: string
}

/** The order in which walks read claims: that of the bytes of their texts in UTF-8. */
export function compareCursors(a: WalkCursor, b: WalkCursor): number {
  return compareTexts(a.subject, b.subject) || compareTexts(a.claim, b.claim)
}

function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const SURROGATES = 0xd800
const BEHIND_SURROGATES = 0xe000

/** UTF-16 sorts the units of characters beyond the first plane before other units with lower code points. */
function rank(unit: number): number {
  if (unit < SURROGATES) return unit
  const width = BEHIND_SURROGATES - SURROGATES
  return unit < BEHIND_SURROGATES ? unit + (0x10000 - BEHIND_SURROGATES) : unit - width
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

/**
 * While a full statement is open a walk counts what it has not stated, so that its end need not wait for that. Each
 * change of a claim that was counted changes the count; nothing is decided yet.
 */
export interface Counting {
  readonly phase: 'counting'
  /** Version of the begin, and of the policy. The count for others begins anew. */
  readonly floor: SourceVersion
  readonly pv: number
  /** `null`: all is counted. */
  readonly after: WalkCursor | null
  /**
   * The claims up to there; each counts as a subject of its own, because the other claims of its subject are
   * unknown.
   */
  readonly size: RemovalSize
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
  /** True if a value was lost so far. */
  readonly lost: boolean
  /** True if the change log has a loss for the end. */
  readonly tightened: boolean
}

/** The end of a full statement that is processed in steps. */
export type Ending = Counting | Taking
