import {
  EDGE_MISSED_MS,
  lastHeartbeatMsOf,
  MINUTE_MS,
  UNSEEN_VIEW_MS,
  type DeniedCounts,
} from '@freshet/protocol/slo'
import type { KnownEdge } from '../observatory-store.ts'

/** The state of an edge within one minute, by the append times of its reports. */
export interface EdgeMinute {
  readonly edge: string
  readonly minuteMs: number
  /** The oldest that its view was. */
  readonly oldestMs: number
  readonly allows: number
  readonly denies: number
  readonly challenges: number
  /** The denials by reason; `null`: an edge of an earlier release denied a request without its reason. */
  readonly denied: DeniedCounts | null
}

/** Ages of the views of a minute that is over, for every edge that was live in it. */
export function agesOfMinute(
  minuteMs: number,
  seen: readonly Pick<EdgeMinute, 'edge' | 'oldestMs'>[],
  edges: readonly KnownEdge[],
): ReadonlyMap<string, number> {
  const endMs = minuteMs + MINUTE_MS
  const ages = new Map(seen.map(({ edge, oldestMs }) => [edge, oldestMs]))
  for (const edge of edges) {
    if (!isMissed(edge, minuteMs, endMs)) continue
    const lastHeartbeatMs = lastHeartbeatMsOf(edge)
    const silent = lastHeartbeatMs === null ? UNSEEN_VIEW_MS : endMs - lastHeartbeatMs
    ages.set(edge.edge, Math.max(ages.get(edge.edge) ?? 0, silent))
  }
  return ages
}

/** Its last report was live, and none has come since before the end of the minute. */
function isMissed(
  { liveSinceMs, reportedAtMs }: KnownEdge,
  minuteMs: number,
  endMs: number,
): boolean {
  if (liveSinceMs === null || liveSinceMs >= endMs || reportedAtMs >= endMs) return false
  return minuteMs - reportedAtMs < EDGE_MISSED_MS
}
