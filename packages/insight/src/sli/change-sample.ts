import type { LoggedChange } from '../changes/logged-change.ts'
import { publishedOf, takenMs, type Completion } from './completion.ts'
import type { OpenChange, SampleOrigin } from './origin.ts'

/** Names of edges that one sample keeps. */
const NAMED_EDGES_MAX = 20

/** The stored result of a change that removed something, once it is complete or too late. */
export interface ChangeSample {
  readonly tenant: string
  readonly source: string
  readonly id: string
  readonly partition: number
  readonly class: string | null
  readonly origin: SampleOrigin
  readonly appendedAtMs: number
  /** The time of the measurement. */
  readonly closedAtMs: number
  /** `null`: it was not complete at the deadline. */
  readonly completeMs: number | null
  /** There were too many edges to measure each: the last one had applied it by then, or earlier. */
  readonly isUpperBound: boolean
  /** Edges that counted for it. */
  readonly edges: number
  /** The edge that was last, where it is complete. */
  readonly slowest: string | null
  /** Edges that still served at the deadline; the first 20. */
  readonly missing: readonly string[]
}

/** The share of an edge, or of the last edge of a group, in a sample; `takenMs` is `null` where it never refused. */
export interface EdgePair {
  readonly edge: string
  readonly takenMs: number | null
  /** From the revocation's append to the edge's apply; `null` where it refused for want of news. */
  readonly sincePublishedMs: number | null
  readonly isSkewed: boolean
}

/** A sample with what it is made of, for metrics. */
export interface MeasuredSample {
  readonly sample: ChangeSample
  readonly change: LoggedChange
  readonly pairs: readonly EdgePair[]
}

/** The sample of a change that is no longer open. */
export function measuredOf(
  change: OpenChange,
  { completeMs, reaches, isUpperBound }: Completion,
  closedAtMs: number,
): MeasuredSample {
  const pairs = pairsOf(change, reaches)
  const { tenant, source, id, partition, origin, measuredClass, appendedAtMs } = change
  const slowest = pairs.find(({ takenMs: ms }) => completeMs !== null && ms === completeMs)
  const missing = reaches.filter(({ how }) => how === 'serving').map(({ edge }) => edge)
  const sample = {
    tenant,
    source,
    id,
    partition,
    class: measuredClass,
    origin,
    appendedAtMs,
    closedAtMs,
    completeMs,
    isUpperBound,
    edges: reaches.reduce((sum, each) => sum + each.edges, 0),
    slowest: slowest?.edge ?? null,
    missing: missing.slice(0, NAMED_EDGES_MAX),
  }
  return { sample, change, pairs }
}

function pairsOf(change: LoggedChange, reaches: Completion['reaches']): readonly EdgePair[] {
  const published = publishedOf(change)
  if (published === undefined) return []
  return reaches.map((reach) => ({
    edge: reach.edge,
    takenMs: reach.atMs === null ? null : takenMs(published, reach),
    sincePublishedMs:
      reach.how === 'applied' ? Math.max(0, (reach.atMs ?? 0) - published.publishedAtMs) : null,
    isSkewed: reach.isSkewed,
  }))
}
