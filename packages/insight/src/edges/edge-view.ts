import type { Clock } from '@freshet/protocol'
import type { EdgeClock } from '@freshet/wire'
import { isOfGroups } from './edge-groups.ts'
import { EDGE_SHOWN_MS } from './edge-page.ts'
import { signedOf, type EdgeSigned } from './edge-signed.ts'
import { CONNECTED_WITHIN_MS, standingOf, type EdgeStanding } from './edge-standing.ts'
import { conflictingEdges } from '../exposure/change-exposure.ts'
import type { KnownEdge, ObservatoryStore } from '../observatory-store.ts'

/** An edge with its standing at the time of asking. */
export interface EdgeView extends KnownEdge {
  readonly standing: EdgeStanding
  readonly signed: EdgeSigned
  /** True if two processes report under its id, so that its data belong to one or the other. */
  readonly conflict: boolean
  /** The broker's clock as it estimates it; `null` if it has not reported one. */
  readonly clock: EdgeClock | null
}

/** The views of these edges, or groups. */
export async function edgeViews(
  edges: readonly KnownEdge[],
  { store, clock }: { readonly store: Pick<ObservatoryStore, 'starts'>; readonly clock: Clock },
): Promise<readonly EdgeView[]> {
  const nowMs = clock.nowMs()
  // A group does not show the starts of its edges.
  const starts =
    edges.length === 0 || isOfGroups(edges) ? [] : await store.starts(nowMs - EDGE_SHOWN_MS)
  const conflicting = conflictingEdges(starts, nowMs - CONNECTED_WITHIN_MS)
  // The latest first: an earlier start of an edge does not take its place.
  const clocks = new Map(starts.toReversed().map((start) => [start.edge, start.clock]))
  return edges.map((edge) => ({
    ...edge,
    standing: standingOf(edge, nowMs),
    signed: signedOf(edge),
    conflict: conflicting.has(edge.edge),
    clock: clocks.get(edge.edge) ?? null,
  }))
}
