import type { Clock } from '@freshet/domain'
import { EXACT_EDGES_MAX } from '@freshet/domain/slo'
import { areGrouped, edgesOrGroups } from './edge-groups.ts'
import { standingOf, type EdgeStanding } from './edge-standing.ts'
import type { KnownEdge, ObservatoryStore } from './observatory-store.ts'

/** How long an edge that no longer reports is shown. */
export const EDGE_SHOWN_MS: number = 60 * 60 * 1000

/** Edges that one page holds at most. */
export const EDGES_PAGE_MAX = 500

/** What is read of so many edges is as good for as long as it takes them to report. */
const REMEMBERED_MS = 1_000

/** Which edges are asked for. */
export interface EdgeQuestion {
  /** Behind this name; absent: from the first. */
  readonly after?: string
  readonly standing?: EdgeStanding
  readonly limit: number
}

/** Some of the edges, and how all of them stand. */
export interface EdgePage {
  readonly items: readonly KnownEdge[]
  /** Behind which the next page begins; `null` where there is none. */
  readonly next: string | null
  /** Of all pages. */
  readonly total: number
  /** The groups of all edges, where they are too many to be measured one by one. */
  readonly groups: readonly KnownEdge[]
}

/** A page of edges that come by name. */
export function edgePage(
  edges: readonly KnownEdge[],
  { after = '', standing, limit }: EdgeQuestion,
  nowMs: number,
): EdgePage {
  const asked = edges.filter(
    (edge) => standing === undefined || standingOf(edge, nowMs) === standing,
  )
  const behind = asked.filter(({ edge }) => edge > after)
  const items = behind.slice(0, Math.min(limit, EDGES_PAGE_MAX))
  return {
    items,
    next: behind.length > items.length ? (items.at(-1)?.edge ?? null) : null,
    total: asked.length,
    groups: areGrouped(edges, nowMs) ? edgesOrGroups(edges, nowMs, 'oldest') : [],
  }
}

/** Edges that reported within the last hour, by name; where they are many they are read once a second. */
export function remembering(
  store: Pick<ObservatoryStore, 'edges'>,
  clock: Clock,
): () => Promise<readonly KnownEdge[]> {
  let last: { readonly atMs: number; readonly edges: readonly KnownEdge[] } | undefined
  return async () => {
    const atMs = clock.monotonicMs()
    if (last !== undefined && atMs - last.atMs < REMEMBERED_MS) return last.edges
    const edges = byName(await store.edges(clock.nowMs() - EDGE_SHOWN_MS))
    last = edges.length > EXACT_EDGES_MAX ? { atMs, edges } : undefined
    return edges
  }
}

/** In the order of their code units, as pages compare names. */
function byName(edges: readonly KnownEdge[]): readonly KnownEdge[] {
  return edges.toSorted((a, b) => (a.edge < b.edge ? -1 : 1))
}
