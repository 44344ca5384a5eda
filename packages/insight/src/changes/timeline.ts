import { formatRfc3339 } from '@freshet/wire'
import type { EdgeStepJson, TimelineJson } from '../answers/change.ts'
import { counts, edgeStatusOf } from '../edges/edge-status.ts'
import { changeJson, type LoggedChange } from './logged-change.ts'
import type { RecordedApply, KnownEdge } from '../observatory-store.ts'
import type { ChangeSample } from '../sli/change-sample.ts'
import { appliesAs, ofGroup } from '../edges/edge-groups.ts'
import { completionOf } from '../sli/completion.ts'
import { hasPassed, countsFor, publishedApplyMs } from '../sli/edge-reach.ts'

/** The clock that a time was read from. Times of different clocks differ by their skew too. */
export type ClockName = 'source' | 'broker' | 'reconciler' | 'edge'

/** The known data of a change beside its row. */
export interface Witnesses {
  readonly edges: readonly KnownEdge[]
  readonly applies: readonly RecordedApply[]
  /** Edges beyond those that are counted; absent: none. */
  readonly uncounted?: number
  /** `undefined` while it was not measured. */
  readonly sample?: ChangeSample | undefined
}

/**
 * Returns the way of one change from its source to every edge. `recorded` is the end for a change that removes nothing:
 * edges do not need it. `completeMs` is the time from its append until no edge that counts served what it took away;
 * `null` until then. A measurement of the service levels takes the place of both.
 */
export function timelineOf(
  change: LoggedChange,
  witnesses: Witnesses,
  nowMs: number,
): TimelineJson {
  const edgeSteps = edgeStepsOf(change, witnesses, nowMs)
  const state = stateOf(change, edgeSteps, witnesses.uncounted ?? 0)
  return {
    ...changeJson(change),
    state,
    completeMs: completeMsOf(change, witnesses, { state, nowMs }),
    isUpperBound:
      witnesses.sample?.isUpperBound ?? edgeSteps.some(({ edges }) => edges !== undefined),
    steps: stepsOf(change),
    edges: edgeSteps,
    ...reachOfSteps(edgeSteps, witnesses.sample),
  }
}

/** The edges by which a measured change was complete: those that had applied it, and those that refused by themselves. */
function reachOfSteps(
  edges: readonly EdgeStepJson[],
  sample: ChangeSample | undefined,
): Pick<TimelineJson, 'reach'> {
  if (sample?.completeMs == null) return {}
  const refused = edges.filter(({ refusedFrom }) => refusedFrom !== undefined).length
  return { reach: { applied: Math.max(0, sample.edges - refused), refused } }
}

function stepsOf(change: LoggedChange): TimelineJson['steps'] {
  const step = (stage: string, atMs: number, clock: ClockName) => {
    return { stage, at: formatRfc3339(atMs), clock }
  }
  return [
    step('committed', change.occurredAtMs, 'source'),
    step('appended', change.appendedAtMs, 'broker'),
    step('received', change.receivedAtMs, 'reconciler'),
    step('recorded', change.appliedAtMs, 'reconciler'),
    ...(change.publishedAtMs === null ? [] : [step('published', change.publishedAtMs, 'broker')]),
  ]
}

function edgeStepsOf(
  change: LoggedChange,
  { edges, applies, sample }: Witnesses,
  nowMs: number,
): readonly EdgeStepJson[] {
  const { revocationOffset } = change
  if (revocationOffset === null) return []
  const byEdge = new Map(applies.map((apply) => [apply.edge, apply]))
  return edges.map((edge) => {
    const isReached = edge.group === undefined || hasPassed({ ...change, revocationOffset }, edge)
    const apply = isReached ? byEdge.get(appliesAs(edge)) : undefined
    // An edge that has passed without a known apply is not taken for one that refused.
    const hasApplied = apply !== undefined || hasPassed({ ...change, revocationOffset }, edge)
    const refusedMs =
      apply === undefined && hasApplied
        ? undefined
        : refusedByItselfMs(change, edge, { apply, sample })
    return {
      edge: edge.edge,
      standing: edgeStatusOf(edge, nowMs),
      ...ofGroup(edge.group?.edges ?? null),
      appliedAt: apply ? formatRfc3339(apply.appliedAtMs) : null,
      clock: 'edge',
      sincePublishedMs: apply ? sinceMs(apply, edge, change) : null,
      ...(refusedMs !== undefined && { refusedFrom: formatRfc3339(refusedMs) }),
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
  edges: readonly EdgeStepJson[],
  uncounted: number,
): TimelineJson['state'] {
  if (!change.tightened) return 'recorded'
  if (change.publishedAtMs === null) return 'pending'
  const awaited = edges.filter((edge) => counts(edge.standing))
  const isApplied = uncounted === 0 && awaited.every((edge) => edge.appliedAt !== null)
  return isApplied ? 'applied' : 'published'
}

/** The measured time stands; before that, that of the edges that are waited for. */
function completeMsOf(
  change: LoggedChange,
  { edges, applies, uncounted = 0, sample }: Witnesses,
  { state, nowMs }: Pick<TimelineJson, 'state'> & { readonly nowMs: number },
): number | null {
  if (sample !== undefined) return sample.completeMs
  if (state !== 'applied') return null
  const awaited = edges.filter((edge) => counts(edgeStatusOf(edge, nowMs)))
  const terms = { asOfMs: nowMs, leaseMs: Number.POSITIVE_INFINITY }
  return completionOf(change, { edges: awaited, applies, uncounted, ...terms }).completeMs
}

/**
 * Returns since when at the latest an edge refused by its own lease, before it applied a change. The measured change was
 * complete without the apply of this edge, so the view of the edge had run out by then. `undefined` if the edge applied
 * the change in time, if the change does not concern it, or if it was not measured to its end.
 */
function refusedByItselfMs(
  change: LoggedChange,
  edge: KnownEdge,
  { apply, sample }: Evidence,
): number | undefined {
  const { publishedAtMs, appendedAtMs } = change
  // The apply of a group is that of its last edge.
  if (publishedAtMs === null || sample?.completeMs == null || edge.group !== undefined)
    return undefined
  if (!countsFor(edge, { publishedAtMs })) return undefined
  const completeAtMs = appendedAtMs + sample.completeMs
  return apply === undefined || publishedApplyMs(apply) > completeAtMs ? completeAtMs : undefined
}

/** The apply of the edge, and the measurement of the change. */
interface Evidence {
  readonly apply: RecordedApply | undefined
  readonly sample: ChangeSample | undefined
}
