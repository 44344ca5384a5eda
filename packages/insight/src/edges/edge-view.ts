import type { Clock } from '@freshet/protocol'
import { formatRfc3339, type PartitionBounds } from '@freshet/wire'
import type { EdgeHistory, EdgeJson } from '../answers/loop.ts'
import { isOfGroups, ofGroup } from './edge-groups.ts'
import { EDGE_SHOWN_MS } from './edge-page.ts'
import { signedOf } from './edge-signed.ts'
import { CONNECTED_WITHIN_MS, edgeStatusOf } from './edge-status.ts'
import { conflictingEdges } from '../exposure/change-exposure.ts'
import { viewLag } from './lag.ts'
import type { KnownEdge, LatestApply, ObservatoryStore } from '../observatory-store.ts'

/** The sources of the views of edges. */
export interface ViewParts {
  readonly store: Pick<ObservatoryStore, 'starts'>
  readonly clock: Clock
  /** The ends of the revocation topic, for the lag; `null`: the broker does not answer; absent: no lag. */
  readonly bounds?: readonly PartitionBounds[] | null
}

/** The views of these edges, or groups. */
export async function edgeViews(
  edges: readonly KnownEdge[],
  { store, clock, bounds }: ViewParts,
): Promise<readonly EdgeJson[]> {
  const nowMs = clock.nowMs()
  // A group does not show the starts of its edges.
  const starts =
    edges.length === 0 || isOfGroups(edges) ? [] : await store.starts(nowMs - EDGE_SHOWN_MS)
  const conflicting = conflictingEdges(starts, nowMs - CONNECTED_WITHIN_MS)
  // The latest first: an earlier start of an edge does not take its place.
  const clocks = new Map(starts.toReversed().map((start) => [start.edge, start.clock]))
  return edges.map((edge) => ({
    edge: edge.edge,
    audience: edge.audience,
    version: edge.version,
    standing: edgeStatusOf(edge, nowMs),
    ...ofGroup(edge.group?.edges ?? null),
    state: edge.state,
    reportedAt: formatRfc3339(edge.reportedAtMs),
    conflict: conflicting.has(edge.edge),
    ...signingOf(edge),
    ...unverifiedOf(edge),
    clock: clocks.get(edge.edge) ?? null,
    liveSince: edge.liveSinceMs === null ? null : formatRfc3339(edge.liveSinceMs),
    partitions: edge.partitions.map((view) => ({
      partition: view.partition,
      applied: String(view.applied),
      viewAgeMs: view.viewAgeMs,
      ...(bounds !== undefined && viewLag(edge, view, { bounds, nowMs })),
    })),
  }))
}

function unverifiedOf({ unverified }: KnownEdge): Pick<EdgeJson, 'unverified'> {
  if (unverified === undefined) return {}
  const sources = unverified.sources.map(({ sinceMs, ...of }) => {
    return { ...of, since: sinceMs === undefined ? null : formatRfc3339(sinceMs) }
  })
  return { unverified: { ...unverified, sources } }
}

function signingOf(edge: KnownEdge): Pick<EdgeJson, 'signed' | 'signedBy' | 'signedEdges'> {
  if (edge.group !== undefined) return { signedEdges: edge.group.signed }
  return { signed: signedOf(edge), signedBy: edge.signer?.client ?? null }
}

/** The view of an apply. */
export function applyView({
  partition,
  upTo,
  appendedAtMs,
  appliedAtMs,
}: LatestApply): EdgeHistory['applies'][number] {
  return {
    partition,
    upTo: String(upTo),
    appendedAt: formatRfc3339(appendedAtMs),
    appliedAt: formatRfc3339(appliedAtMs),
    afterMs: appliedAtMs - appendedAtMs,
  }
}
