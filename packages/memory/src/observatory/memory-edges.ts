import { COUNTED_EDGES_MAX } from '@freshet/protocol/slo'
import type { KnownEdge } from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'

/** Returns the edges that reported since then, the live ones first, by name. */
export function countedEdges({ edges }: MemoryDatabase, sinceMs: number): readonly KnownEdge[] {
  return edges
    .values()
    .filter(({ reportedAtMs }) => reportedAtMs >= sinceMs)
    .sort((a, b) => Number(isLive(b)) - Number(isLive(a)) || (a.edge < b.edge ? -1 : 1))
    .slice(0, COUNTED_EDGES_MAX)
}

/** Returns the number of further live edges. */
export function uncountedMemoryEdges({ edges }: MemoryDatabase, sinceMs: number): number {
  const live = edges.values().filter((edge) => edge.reportedAtMs >= sinceMs && isLive(edge))
  return Math.max(0, live.length - COUNTED_EDGES_MAX)
}

function isLive({ liveSinceMs }: KnownEdge): boolean {
  return liveSinceMs !== null
}
