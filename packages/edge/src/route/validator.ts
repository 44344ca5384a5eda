import type { Verdict } from '@freshet/domain'

/** How far the edge has read a partition of the change topic, by the heartbeats it trusts. */
export interface KnownPosition {
  readonly partition: number
  readonly e: bigint
  readonly offset: bigint
}

/** What an edge asks of the authority at runtime. */
export interface ValidationQuestion {
  /** The access token itself. */
  readonly token: string
  readonly claims: readonly string[]
  /**
   * The edge's positions in the partitions that judge this token. An authority that has not read
   * as far must not vouch: it knows less than who asks (rule 40).
   */
  readonly positions: readonly KnownPosition[]
}

/**
 * The authority's judgement at this moment. An answer serves one request; a claim that it leaves
 * out stays unverified. The signal aborts when the deadline passed.
 */
export interface Validator {
  validate(question: ValidationQuestion, signal: AbortSignal): Promise<ReadonlyMap<string, Verdict>>
}
