import type { HeldGrant, Registry } from '@freshet/protocol'
import type { EdgeJson } from '../answers/loop.ts'
import type { PartitionProgress, PipelineSource } from '../pipeline/pipeline.ts'

/** The progress of one change that removes something at the edges. */
export interface ChangeReach {
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
  /** True if their subject is a workload of the registry. */
  readonly isWorkload: boolean
  readonly tokens: number
  readonly longestMs: number
}

/** The ledger's figures of outstanding tokens, as far as it counted. */
export interface TokenFigures {
  readonly counted: number
  /** True if all were counted. */
  readonly isComplete: boolean
  /** Marked stale. */
  readonly stale: number
  /** The number of tokens of disabled or deleted accounts. */
  readonly ofLeavers: number
  /** Those of them that are not marked stale. */
  readonly ofLeaversUnmarked: number
  readonly lives: readonly TokenLives[]
}

/** The authority's decisions about high-risk requests; counted up to a limit. */
export interface DecisionFigures {
  readonly decided: number
  readonly denied: number
}

/** The findings of `freshet audit verify`. */
export interface AuditFigures {
  readonly entries: number
  /** Streams of which an entry is not as it was. */
  readonly broken: readonly string[]
  /** Streams without sealing, or without any head that agrees. */
  readonly unproven: readonly string[]
}

/** The modes of private key files. */
export interface KeyFigures {
  readonly privateKeys: number
  /** Key ids that others than the owner of the file may read. */
  readonly exposed: readonly string[]
}

/** The console's connections to the stores of Freshet. */
export interface TransportFigures {
  /** Brokers, as `host:port`, and `Postgres`, where traffic can be in clear over a network. */
  readonly inClear: readonly string[]
}

/** An edge, or a group, as it stood. */
export type MeasuredEdge = Pick<
  EdgeJson,
  'edge' | 'edges' | 'standing' | 'partitions' | 'signed' | 'signedEdges'
>

/**
 * Everything that was measured for a report, at one moment. An absent member was not measured, and every row
 * that depends on it is unknown.
 */
export interface Measurements {
  readonly atMs: number
  readonly registry?: Registry
  /** Hash of that registry's text. */
  readonly hash?: string
  readonly partitions?: readonly PartitionProgress[]
  readonly sources?: readonly PipelineSource[]
  readonly openings?: readonly HeldGrant[]
  readonly edges?: readonly MeasuredEdge[]
  readonly revocations?: readonly ChangeReach[]
  readonly cutOffs?: readonly ChangeReach[]
  readonly tokens?: TokenFigures
  readonly decisions?: DecisionFigures
  /** The number of quarantined records that wait for an operator. */
  readonly quarantined?: number
  readonly audit?: AuditFigures
  readonly keys?: KeyFigures
  readonly transport?: TransportFigures
}
