import type { EdgeStanding } from '../edges/edge-standing.ts'

/** The subject of a record. */
export interface SubjectJson {
  readonly format?: 'iss_sub'
  readonly iss: string
  /** The name; `null` for roles below operator. */
  readonly sub: string | null
}

/** A change that was recorded. */
export interface ChangeJson {
  readonly id: string
  readonly tenant: string
  readonly source: string
  readonly kind: string
  readonly op: string | null
  readonly claim: string | null
  readonly subject: SubjectJson | null
  /** The class that it is measured in; `null` where no objective is about such changes. */
  readonly class: string | null
  readonly outcome: string
  readonly isProbe: boolean
  readonly tightened: boolean
  /** Outstanding tokens that the ledger has marked stale so far; `marking` is `pending` while it can be more. */
  readonly tokensMarked: number
  /** A console of before sends none. */
  readonly marking?: 'pending' | 'done'
  readonly position: { readonly e: string; readonly partition: number; readonly offset: string }
  /** The place of its revocation; `null` if it removed nothing, or none is published yet. */
  readonly revocation?: { readonly partition: number; readonly offset: string } | null
  readonly occurredAt: string
  readonly recordedAt: string
  readonly traceparent: string | null
}

/** The progress of an edge with a change. */
export interface EdgeStepJson {
  readonly edge: string
  /** The number of edges in a group. The last of them had applied it by then, or earlier. */
  readonly edges?: number
  readonly isUpperBound?: true
  readonly standing: EdgeStanding
  readonly appliedAt: string | null
  readonly clock: string
  readonly sincePublishedMs: number | null
}

/** A change with its way to every edge. */
export interface TimelineJson extends ChangeJson {
  readonly state: 'pending' | 'recorded' | 'published' | 'applied'
  readonly completeMs: number | null
  /** There were too many edges to measure each: it was complete by then, or earlier. */
  readonly isUpperBound?: boolean
  readonly steps: readonly { readonly stage: string; readonly at: string; readonly clock: string }[]
  readonly edges: readonly EdgeStepJson[]
  /** The exposure; `null` for a change that removes nothing; absent from consoles of earlier versions. */
  readonly exposure?: ExposureJson | null
}

/**
 * The requests that edges allowed after a change was committed at its source, and before they had applied it.
 */
export interface ExposureJson {
  /** The number; `null` means that no edge has reported yet, which is not zero. */
  readonly requests: number | null
  readonly errorMs: number | null
  readonly isLowerBound: boolean
  readonly notKnown: readonly string[]
  readonly byEdge: readonly {
    readonly edge: string
    readonly route: string
    readonly requests: number
    /** The times of the first and the last request by the broker’s clock, as the edge estimates it. */
    readonly firstAt?: string
    readonly lastAt?: string
    readonly errorMs?: number | null
  }[]
}

/** All changes of an id. */
export interface ChangesAnswer {
  readonly apiVersion: string
  readonly items: readonly TimelineJson[]
}
