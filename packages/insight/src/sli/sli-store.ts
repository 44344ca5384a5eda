import type { RecordedApply, KnownEdge } from '../observatory-store.ts'
import type { ChangeSample } from './change-sample.ts'
import type { EdgeMinute } from './edge-minutes.ts'
import type { LatencyMap, LatencyQuestion } from './latency-map.ts'
import type { OpenChange, RecordedChange, SampleOrigin } from './origin.ts'
import type { SloCount } from './slo-counts.ts'

/** The measuring position in a partition of the change log. */
export interface SliCursor {
  readonly partition: number
  readonly e: bigint
  /** Changes below it were looked at. */
  readonly nextOffset: bigint
  /** Full statements that are open there: see `OpenStatements`. */
  readonly open: readonly string[]
}

/** The progress of measuring. */
export interface SliStatus {
  /** As far as changes are recorded: every change below is there. */
  readonly recorded: readonly Pick<SliCursor, 'partition' | 'e' | 'nextOffset'>[]
  readonly cursors: readonly SliCursor[]
  /** The first minute whose edges were not counted yet; `null` before the first turn. */
  readonly minuteMs: number | null
}

/** The recorded changes of a partition from a cursor on and below an offset. */
export interface RecordedSpan {
  readonly from: Pick<SliCursor, 'partition' | 'e' | 'nextOffset'>
  readonly below: bigint
}

/** A place in the order in which open changes are looked at. */
export type OpenPlace = Pick<OpenChange, 'appendedAtMs' | 'id'>

/** An apply with the change that it was asked for. */
export interface ApplyOfChange extends RecordedApply {
  readonly partition: number
  readonly offset: bigint
}

/** The results of one turn. Written whole or not at all. */
export interface SliStep {
  readonly opened: readonly OpenChange[]
  readonly closed: readonly ChangeSample[]
  readonly counts: readonly SloCount[]
  readonly cursors: readonly SliCursor[]
  readonly minuteMs: number
}

/** One turn of measuring. */
export interface SliTurn {
  status(): Promise<SliStatus>
  /** Changes of each span, those of a partition in their order; of each at most `limit`. */
  recorded(spans: readonly RecordedSpan[], limit: number): Promise<readonly RecordedChange[]>
  /** Changes that are open, by append and id, behind a place; at most `limit`. */
  open(after: OpenPlace | null, limit: number): Promise<readonly OpenChange[]>
  /** Edges that reported since, those that are live first. At most {@link COUNTED_EDGES_MAX}. */
  edges(sinceMs: number): Promise<readonly KnownEdge[]>
  /** The number of edges with a report since then, counted up to `limit`. */
  countEdges(sinceMs: number, limit: number): Promise<number>
  /** The number of live edges with a report since then, beyond those that `edges` gives. */
  uncountedEdges(sinceMs: number): Promise<number>
  /** The first apply beyond each change, for each edge or group named; for a group that of its last edge. */
  applies(
    changes: readonly { readonly partition: number; readonly offset: bigint }[],
    edges: readonly string[],
  ): Promise<readonly ApplyOfChange[]>
  /** The state of edges in a minute. At most 20,000. */
  edgeMinute(minuteMs: number): Promise<readonly EdgeMinute[]>
  /** Adds the counts to those of their minutes, and keeps the rest. A change that has a sample gets no other. */
  save(step: SliStep): Promise<void>
}

/** The good and valid counts of a service level within a span that ends now. */
export interface SloSum {
  readonly slo: string
  readonly origin: SampleOrigin
  readonly spanMs: number
  readonly good: number
  readonly valid: number
  /** The part of the span that was measured: the time since the first count in it. */
  readonly measuredMs: number
}

/** The good and valid counts from a time on, for the requested span. */
export interface SloSpan {
  readonly fromMs: number
  readonly good: number
  readonly valid: number
}

/** Which samples are asked for, newest or worst first. */
export interface SampleQuestion {
  /** `null`: of every class. */
  readonly class: string | null
  readonly origins: readonly SampleOrigin[]
  /** Measured since. */
  readonly sinceMs: number
  /** Only those that took longer, the worst first; absent: all, newest first. */
  readonly overMs?: number
}

/** An edge and for how many minutes its view was too old. */
export interface BlindEdge {
  readonly edge: string
  readonly minutes: number
  readonly oldestMs: number
}

/**
 * The store of measurements.
 *
 * @throws `database.*`
 */
export interface SliStore {
  /**
   * Runs `work` alone among all who measure, in one transaction. `undefined`, and nothing was done, while
   * another does: so two consoles count nothing twice.
   */
  inTurn<T>(work: (turn: SliTurn) => Promise<T>): Promise<T | undefined>
  /** Adds what was counted elsewhere: probes, stale allows. */
  add(counts: readonly SloCount[]): Promise<void>
  /** Sums of every service level over spans that end now; those in which nothing was counted are left out. */
  sums(nowMs: number, spansMs: readonly number[]): Promise<readonly SloSum[]>
  /** Sums by spans of `stepMs` since a time, oldest first; empty ones are left out. */
  history(
    slo: string,
    origins: readonly SampleOrigin[],
    of: { readonly sinceMs: number; readonly stepMs: number },
  ): Promise<readonly SloSpan[]>
  /** At most `limit`. */
  samples(question: SampleQuestion, limit: number): Promise<readonly ChangeSample[]>
  /** Samples of all changes of these ids. At most 20 of each, on average. */
  samplesOf(ids: readonly string[]): Promise<readonly ChangeSample[]>
  /** The stage times of live changes that removed something; of the `limit` whose end was measured last. */
  latency(question: LatencyQuestion, limit: number): Promise<LatencyMap>
  /** Edges whose view was older since, by minutes, the most first; at most `limit`. */
  blindest(
    question: { readonly sinceMs: number; readonly overMs: number },
    limit: number,
  ): Promise<readonly BlindEdge[]>
  /**
   * The states of edges with these names within these minutes, by minute and name; only minutes in which they
   * were live.
   */
  edgeMinutes(minutes: readonly number[], edges: readonly string[]): Promise<readonly EdgeMinute[]>
  /** Removes samples and minutes from before; at most `limit` of each. */
  forget(beforeMs: number, limit: number): Promise<void>
}
