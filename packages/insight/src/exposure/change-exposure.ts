import { formatRfc3339 } from '@freshet/wire'
import type { ExposureJson } from '../answers/change.ts'
import { appliesAs, isOfGroups } from '../edges/edge-groups.ts'
import type { LoggedChange } from '../changes/logged-change.ts'
import type { RecordedApply, KnownEdge } from '../observatory-store.ts'
import type { EdgeExposure, EdgeStart } from './exposure-store.ts'

/** The known edges, and their reports about a change. */
export interface ExposureGround {
  readonly edges: readonly KnownEdge[]
  readonly applies: readonly RecordedApply[]
  readonly exposed: readonly EdgeExposure[]
  readonly starts: readonly EdgeStart[]
}

/**
 * The exposure of a change; `null` for one that removes nothing. The report of an edge is complete once it
 * contains the apply of the change and the fact that the edge counted: then a route that it does not name had
 * no stale allow. An edge whose first report came after the publication had read the change before it allowed
 * any request.
 */
export function changeExposure(change: LoggedChange, ground: ExposureGround): ExposureJson | null {
  if (!change.tightened) return null
  const { edges, exposed, starts } = ground
  // The store does not keep whether each edge of a group could hold all of its allows.
  const isGrouped = isOfGroups(edges)
  const concerned = edges.filter((edge) => !isNewer(edge, change, ground))
  const reporting = concerned.filter(
    (edge) => (applyOf(edge, ground)?.allowsSinceMs ?? null) !== null,
  )
  const notKnown = concerned.filter((edge) => !isComplete(edge, change, ground))
  const requests = exposed.reduce((sum, each) => sum + each.requests, 0)
  const errors = [
    ...exposed.map(({ errorMs }) => errorMs),
    ...reporting.map(({ edge }) => latestOf(edge, starts)?.clock?.errorMs ?? null),
  ]
  return {
    requests: reporting.length + exposed.length === 0 ? null : requests,
    errorMs: errors.includes(null) ? null : Math.max(0, ...errors.map(Number)),
    isLowerBound: notKnown.length > 0 || reporting.length === 0 || isGrouped,
    notKnown: notKnown.map(({ edge }) => edge),
    byEdge: exposed.map(({ firstAtMs, lastAtMs, ...each }) => ({
      ...each,
      firstAt: formatRfc3339(firstAtMs),
      lastAt: formatRfc3339(lastAtMs),
    })),
  }
}

/** Edges under whose id two processes report at the same time. */
export function conflictingEdges(
  starts: readonly EdgeStart[],
  sinceMs: number,
): ReadonlySet<string> {
  const found = new Set<string>()
  const recent = new Map<string, EdgeStart[]>()
  for (const start of starts) {
    if (start.lastAtMs < sinceMs) continue
    const others = recent.get(start.edge) ?? []
    if (others.some((other) => overlap(start, other))) found.add(start.edge)
    recent.set(start.edge, [...others, start])
  }
  return found
}

function overlap(one: EdgeStart, other: EdgeStart): boolean {
  return one.firstAtMs <= other.lastAtMs && other.firstAtMs <= one.lastAtMs
}

function isNewer(
  edge: KnownEdge,
  { publishedAtMs }: LoggedChange,
  ground: ExposureGround,
): boolean {
  const firstAtMs = firstReportOf(edge.edge, ground)
  const hasApplied = applyOf(edge, ground) !== undefined
  return !hasApplied && publishedAtMs !== null && firstAtMs > publishedAtMs
}

function isComplete(
  edge: KnownEdge,
  { occurredAtMs }: LoggedChange,
  ground: ExposureGround,
): boolean {
  const { allowsSinceMs: sinceMs = null } = applyOf(edge, ground) ?? {}
  if (sinceMs === null) return false
  // A process that began after the change, under a name that is new.
  const firstAtMs = firstReportOf(edge.edge, ground)
  return sinceMs <= occurredAtMs || (firstAtMs > occurredAtMs && sinceMs <= firstAtMs)
}

function applyOf(edge: KnownEdge, { applies }: ExposureGround): RecordedApply | undefined {
  const name = appliesAs(edge)
  return applies.find((apply) => apply.edge === name)
}

/** The first report of any start of the edge. An edge without a start can be of any age, so it gets 0. */
function firstReportOf(edge: string, { starts }: ExposureGround): number {
  const its = starts.filter((start) => start.edge === edge)
  return its.length === 0 ? 0 : Math.min(...its.map(({ firstAtMs }) => firstAtMs))
}

function latestOf(edge: string, starts: readonly EdgeStart[]): EdgeStart | undefined {
  const its = starts.filter((start) => start.edge === edge)
  return its.toSorted((a, b) => b.lastAtMs - a.lastAtMs)[0]
}
