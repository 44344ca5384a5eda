import { counts, standingOf, type EdgeStanding } from './edge-standing.ts'
import type { EdgeApply, KnownEdge, LoggedChange } from './observatory-store.ts'

/** Whose clock a time was read from. Times of different clocks differ by their skew too. */
export type ClockName = 'source' | 'broker' | 'reconciler' | 'edge'

/** One stage of a change's way. */
export interface Step {
  readonly stage: 'committed' | 'appended' | 'received' | 'recorded' | 'published'
  readonly atMs: number
  readonly clock: ClockName
}

/** What one edge did about a change. */
export interface EdgeStep {
  readonly edge: string
  readonly standing: EdgeStanding
  /** `null` while it has not said so. By the edge's own clock. */
  readonly appliedAtMs: number | null
  /** From the revocation's append to the edge's apply, as the edge measured; never negative. */
  readonly sincePublishedMs: number | null
}

/** The way of one change from its source to every edge. */
export interface Timeline {
  readonly change: LoggedChange
  readonly steps: readonly Step[]
  readonly edges: readonly EdgeStep[]
  /** `recorded` is the end for a change that takes nothing away: edges need not hear of it. */
  readonly state: 'recorded' | 'published' | 'applied' | 'pending'
  /** Broker append of the change to the last connected edge's apply; `null` until then. */
  readonly completeMs: number | null
}

/** Puts the stages of a change in order and says how far it has come. */
export function timelineOf(
  change: LoggedChange,
  edges: readonly KnownEdge[],
  applies: readonly EdgeApply[],
  nowMs: number,
): Timeline {
  const edgeSteps = change.revocationOffset === null ? [] : edgeStepsOf(edges, applies, nowMs)
  const state = stateOf(change, edgeSteps)
  return {
    change,
    steps: stepsOf(change),
    edges: edgeSteps,
    state,
    completeMs: state === 'applied' ? completeAfter(change, edgeSteps) : null,
  }
}

function stepsOf(change: LoggedChange): readonly Step[] {
  const steps: Step[] = [
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
  edges: readonly KnownEdge[],
  applies: readonly EdgeApply[],
  nowMs: number,
): readonly EdgeStep[] {
  const byEdge = new Map(applies.map((apply) => [apply.edge, apply]))
  return edges.map((edge) => {
    const apply = byEdge.get(edge.edge)
    return {
      edge: edge.edge,
      standing: standingOf(edge, nowMs),
      appliedAtMs: apply?.appliedAtMs ?? null,
      sincePublishedMs: apply ? Math.max(0, apply.appliedAtMs - apply.appendedAtMs) : null,
    }
  })
}

function stateOf(change: LoggedChange, edges: readonly EdgeStep[]): Timeline['state'] {
  if (!change.tightened) return 'recorded'
  if (change.publishedAtMs === null) return 'pending'
  const awaited = edges.filter((edge) => counts(edge.standing))
  return awaited.every((edge) => edge.appliedAtMs !== null) ? 'applied' : 'published'
}

/** Broker append to broker append, plus the slowest edge's own measured delay: edge clocks cancel. */
function completeAfter(change: LoggedChange, edges: readonly EdgeStep[]): number {
  const slowest = Math.max(0, ...edges.map((edge) => edge.sincePublishedMs ?? 0))
  return Math.max(0, (change.publishedAtMs ?? change.appendedAtMs) - change.appendedAtMs) + slowest
}
