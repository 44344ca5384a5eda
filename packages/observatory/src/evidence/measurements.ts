import type { HeldOpening, Registry } from '@freshet/domain'
import type { KnownEdge } from '../observatory-store.ts'
import type { EdgeStanding } from '../edge-standing.ts'
import type { PartitionProgress, SourceView } from '../pipeline.ts'

/** How one change that takes something away has come to the edges. */
export interface Reach {
  readonly id: string
  readonly kind: string
  /** SLO class; `null` for a change that concerns no single claim. */
  readonly class: string | null
  readonly appendedAtMs: number
  /** From the append of the change to the last connected edge's apply; `null` until then. */
  readonly completeMs: number | null
}

/** Tokens of one kind that are out and not known to be stale, taken together. */
export interface TokenLives {
  /** Names of the claims that they carry. */
  readonly claims: readonly string[]
  /** They speak for a workload of the registry. */
  readonly isWorkload: boolean
  readonly tokens: number
  readonly longestMs: number
}

/** What the ledger says of tokens that are out, as far as it was looked at. */
export interface TokenFigures {
  readonly looked: number
  /** Whether that were all. */
  readonly isComplete: boolean
  /** Marked stale. */
  readonly stale: number
  /** Of accounts that are disabled or deleted. */
  readonly ofLeavers: number
  /** Those of them that are not marked stale. */
  readonly ofLeaversUnmarked: number
  readonly lives: readonly TokenLives[]
}

/** What the authority decided about high-risk requests; counted up to a limit. */
export interface DecisionFigures {
  readonly decided: number
  readonly denied: number
}

/** What `freshet audit verify` found. */
export interface AuditFigures {
  readonly entries: number
  /** Streams of which an entry is not as it was. */
  readonly broken: readonly string[]
  /** Streams that nobody seals, or of which no head agrees. */
  readonly unproven: readonly string[]
}

/** How private keys lie in their files. */
export interface KeyFigures {
  readonly privateKeys: number
  /** Key ids that others than the owner of the file may read. */
  readonly exposed: readonly string[]
}

/** How the console reaches the stores of Freshet. */
export interface TransportFigures {
  /** Brokers, as `host:port`, and `Postgres`, where traffic can be in clear over a network. */
  readonly inClear: readonly string[]
}

/** An edge as it stood; without a signer its reports are unsigned. */
export interface MeasuredEdge
  extends Pick<KnownEdge, 'edge' | 'partitions'>, Partial<Pick<KnownEdge, 'signer' | 'group'>> {
  readonly standing: EdgeStanding
}

/**
 * Everything that was measured for a report, at one moment. What is absent was not measured, and
 * whatever rests on it is unknown.
 */
export interface Measurements {
  readonly atMs: number
  readonly registry?: Registry
  /** Hash of that registry's text. */
  readonly hash?: string
  readonly partitions?: readonly PartitionProgress[]
  readonly sources?: readonly SourceView[]
  readonly openings?: readonly HeldOpening[]
  readonly edges?: readonly MeasuredEdge[]
  readonly revocations?: readonly Reach[]
  readonly cutOffs?: readonly Reach[]
  readonly tokens?: TokenFigures
  readonly decisions?: DecisionFigures
  /** Parked records that wait for somebody. */
  readonly parked?: number
  readonly audit?: AuditFigures
  readonly keys?: KeyFigures
  readonly transport?: TransportFigures
}
