import { counts, standingOf, type EdgeStanding } from '../edges/edge-standing.ts'
import type { RecordedApply, KnownEdge, LoggedChange } from '../observatory-store.ts'
import type { ChangeSample } from '../sli/change-sample.ts'
import { appliesAs } from '../edges/edge-groups.ts'
import { completionOf } from '../sli/completion.ts'
import { hasPassed } from '../sli/edge-reach.ts'

/** The clock that a time was read from. Times of different clocks differ by their skew too. */
export type ClockName = 'source' | 'broker' | 'reconciler' | 'edge'

/** One stage of a change's way. */
export interface TimelineStep {
  readonly stage: 'committed' | 'appended' | 'received' | 'recorded' | 'published'
  readonly atMs: number
  readonly clock: ClockName
}

/** The apply of a change at one edge. */
export interface EdgeStep {
  readonly edge: string
  readonly standing: EdgeStanding
  /** The number of edges in a group. Times are of the last of them, at the latest. */
  readonly groupOf: number | null
  /** The time by the edge's own clock; `null` while it has not reported it, or not all of a group have. */
  readonly appliedAtMs: number | null
  /** From the revocation's append to the edge's apply, as the edge measured; never negative. */
  readonly sincePublishedMs: number | null
}

/** The way of one change from its source to every edge. */
export interface Timeline {
  readonly change: LoggedChange
  readonly steps: readonly TimelineStep[]
  readonly edges: readonly EdgeStep[]
  /** The state; `recorded` is the end for a change that removes nothing: edges do not need it. */
  readonly state: 'recorded' | 'published' | 'applied' | 'pending'
  /**
   * From the change's append until no edge that counts served what it took away; `null` until then. Once the
   * service levels have a measurement, it is that one.
   */
  readonly completeMs: number | null
  /**
   * True if there were too many edges to report each: times of edges are those of the last, at the latest.
   */
  readonly isUpperBound: boolean
}

/** The known data of a change beside its row. */
export interface Witnesses {
  readonly edges: readonly KnownEdge[]
  readonly applies: readonly RecordedApply[]
  /** Edges beyond those that are counted; absent: none. */
  readonly uncounted?: number
  /** `undefined` while it was not measured. */
  readonly sample?: ChangeSample | undefined
}

/** Orders the stages of a change and returns its progress. */
export function timelineOf(change: LoggedChange, witnesses: Witnesses, nowMs: number): Timeline {
  const edgeSteps = edgeStepsOf(change, witnesses, nowMs)
  const state = stateOf(change, edgeSteps, witnesses.uncounted ?? 0)
  return {
    change,
    steps: stepsOf(change),
    edges: edgeSteps,
    state,
    completeMs: completeMsOf(change, witnesses, { state, nowMs }),
    isUpperBound:
      witnesses.sample?.isUpperBound ?? edgeSteps.some(({ groupOf }) => groupOf !== null),
  }
}

function stepsOf(change: LoggedChange): readonly TimelineStep[] {
  const steps: TimelineStep[] = [
    { stage: 'committed', atMs: change.occurredAtMs, clock: 'source' },
    { stage: 'appended', atMs: change.appendedAtMs, clock: 'broker' },
    { stage: 'received', atMs: change.receivedAtMs, clock: 'reconciler' },
    { stage: 'recorded', atMs: change.appliedAtMs, clock: 'reconciler' },
  ]
  if (change.publishedAtMs !== null) {
    steps.push({ stage: 'published', atMs: change.publishedAtMs, clock: 'broker' })
  }
  return steps
}

function edgeStepsOf(
  change: LoggedChange,
  { edges, applies }: Witnesses,
  nowMs: number,
): readonly EdgeStep[] {
  const { revocationOffset } = change
  if (revocationOffset === null) return []
  const byEdge = new Map(applies.map((apply) => [apply.edge, apply]))
  return edges.map((edge) => {
    const isReached = edge.group === undefined || hasPassed({ ...change, revocationOffset }, edge)
    const apply = isReached ? byEdge.get(appliesAs(edge)) : undefined
    return {
      edge: edge.edge,
      groupOf: edge.group?.edges ?? null,
      standing: standingOf(edge, nowMs),
      appliedAtMs: apply?.appliedAtMs ?? null,
      sincePublishedMs: apply ? sinceMs(apply, edge, change) : null,
    }
  })
}

/** The passes of a group hold several batches. */
function sinceMs(
  { appliedAtMs, appendedAtMs }: RecordedApply,
  { group }: KnownEdge,
  { publishedAtMs }: LoggedChange,
): number {
  const fromMs = group === undefined ? appendedAtMs : (publishedAtMs ?? appendedAtMs)
  return Math.max(0, appliedAtMs - fromMs)
}

function stateOf(
  change: LoggedChange,
  edges: readonly EdgeStep[],
  uncounted: number,
): Timeline['state'] {
  if (!change.tightened) return 'recorded'
  if (change.publishedAtMs === null) return 'pending'
  const awaited = edges.filter((edge) => counts(edge.standing))
  const isApplied = uncounted === 0 && awaited.every((edge) => edge.appliedAtMs !== null)
  return isApplied ? 'applied' : 'published'
}

/** The measured time stands; before that, that of the edges that are waited for. */
function completeMsOf(
  change: LoggedChange,
  { edges, applies, uncounted = 0, sample }: Witnesses,
  { state, nowMs }: Pick<Timeline, 'state'> & { readonly nowMs: number },
): number | null {
  if (sample !== undefined) return sample.completeMs
  if (state !== 'applied') return null
  const awaited = edges.filter((edge) => counts(standingOf(edge, nowMs)))
  const terms = { asOfMs: nowMs, leaseMs: Number.POSITIVE_INFINITY }
  return completionOf(change, { edges: awaited, applies, uncounted, ...terms }).completeMs
}
