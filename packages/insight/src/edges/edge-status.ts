import { oldestViewMs, STALE_VIEW_MS } from '@freshet/protocol/slo'
import type { EdgeStatus } from '../answers/forms.ts'
import type { KnownEdge } from '../observatory-store.ts'

/** An edge that has not reported for longer is not connected. Reports come every second. */
export const CONNECTED_WITHIN_MS = 10_000

/** Reads an edge's standing from its last report and the time since. */
export function edgeStatusOf(edge: KnownEdge, nowMs: number): EdgeStatus {
  if (edge.state === 'closing') return 'closed'
  if (nowMs - edge.reportedAtMs > CONNECTED_WITHIN_MS) return 'disconnected'
  if (edge.state === 'starting') return 'starting'
  const age = oldestViewMs(edge)
  // Silence since the report counts: a hanging edge does not report its view.
  const silentMs = Math.max(0, nowMs - edge.reportedAtMs)
  if (age === null || age + silentMs > STALE_VIEW_MS) return 'stale'
  return edge.state === 'lagging' ? 'lagging' : 'synced'
}

/**
 * Returns whether a change must have reached this edge before it counts as applied everywhere. One that is
 * starting answers nothing from its view yet.
 */
export function counts(status: EdgeStatus): boolean {
  return status !== 'disconnected' && status !== 'closed' && status !== 'starting'
}
