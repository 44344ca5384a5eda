import type { Clock } from '@freshet/protocol'
import { COUNTED_EDGES_MAX, COUNTED_WITHIN_MS, EXACT_EDGES_MAX } from '@freshet/protocol/slo'
import { areGrouped, groupsOf } from './edge-groups.ts'
import { markWithdrawn, type SigningVersions } from './edge-signed.ts'
import type { EdgeStatus } from '../answers/forms.ts'
import { edgeStatusOf } from './edge-status.ts'
import type { KnownEdge, ObservatoryStore } from '../observatory-store.ts'

/** The time for which an edge without reports is shown. */
export const EDGE_SHOWN_MS: number = 60 * 60 * 1000

/** Edges that one page holds at most. */
export const EDGES_PAGE_MAX = 500

/** The state of so many edges stays valid for as long as their reports take. */
const REMEMBERED_MS = 1_000

/** Which edges are asked for. */
export interface EdgeQuestion {
  /** The name before the page; absent: the first page. */
  readonly after?: string
  readonly standing?: EdgeStatus
  readonly limit: number
}

/** Some of the edges, and how all of them stand. */
export interface EdgePage {
  readonly items: readonly KnownEdge[]
  /** Behind which the next page begins; `null` where there is none. */
  readonly next: string | null
  /** The number of all pages' edges. */
  readonly total: number
  /** The groups of all edges, where they are too many to be measured one by one. */
  readonly groups: readonly KnownEdge[]
  /** Edges that report and are in none of them, nor in any figure: they are more than are counted. */
  readonly uncounted: number
}

/** Edges as far as they are counted, by name. */
export interface CountedEdges {
  readonly edges: readonly KnownEdge[]
  /** The number of further edges that report. */
  readonly uncounted: number
}

/** A page of edges that come by name. */
export function edgePage(
  { edges, uncounted }: CountedEdges,
  { after = '', standing, limit }: EdgeQuestion,
  nowMs: number,
): EdgePage {
  const matching = edges.filter(
    (edge) => standing === undefined || edgeStatusOf(edge, nowMs) === standing,
  )
  const behind = matching.filter(({ edge }) => edge > after)
  const items = behind.slice(0, Math.min(limit, EDGES_PAGE_MAX))
  return {
    items,
    next: behind.length > items.length ? (items.at(-1)?.edge ?? null) : null,
    total: matching.length,
    groups: areGrouped(edges, nowMs) ? groupsOf(edges, nowMs, 'oldest') : [],
    uncounted,
  }
}

/** Edges that reported within the last hour, by name; where they are many they are read once a second. */
export function remembering(
  store: Pick<ObservatoryStore, 'edges' | 'uncountedEdges'>,
  clock: Clock,
  { last: shown }: Pick<SigningVersions, 'last'>,
): () => Promise<CountedEdges> {
  let last: { readonly atMs: number; readonly counted: CountedEdges } | undefined
  return async () => {
    const atMs = clock.monotonicMs()
    if (last !== undefined && atMs - last.atMs < REMEMBERED_MS) return last.counted
    const nowMs = clock.nowMs()
    const edges = byName(markWithdrawn(await store.edges(nowMs - EDGE_SHOWN_MS), shown()))
    const isFull = edges.length >= COUNTED_EDGES_MAX
    const uncounted = isFull ? await store.uncountedEdges(nowMs - COUNTED_WITHIN_MS) : 0
    const counted = { edges, uncounted }
    last = edges.length > EXACT_EDGES_MAX ? { atMs, counted } : undefined
    return counted
  }
}

/** In the order of their code units, as pages compare names. */
function byName(edges: readonly KnownEdge[]): readonly KnownEdge[] {
  return edges.toSorted((a, b) => (a.edge < b.edge ? -1 : 1))
}
