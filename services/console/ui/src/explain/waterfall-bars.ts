import type { TimelineJson } from '@freshet/insight/answers'
import { edgeName } from '../parts/edge-words.ts'

/** One row of the waterfall, in milliseconds since the commit at the source. */
export interface Bar {
  readonly name: string
  readonly clock: string
  /** RFC 3339; `null`: it has not happened. */
  readonly at: string | null
  readonly fromMs: number
  readonly afterMs: number | null
  /** The time since the append at the broker; `null` before it, or if it has not happened. */
  readonly sinceAppendMs: number | null
  readonly isEdge: boolean
  /** The status of an edge that has not applied it. */
  readonly status: string | null
}

/** The rows, how wide the drawing is, and where the objective lies in it. */
export interface Bars {
  readonly bars: readonly Bar[]
  /** From the commit to the last edge; absent until the change is complete. */
  readonly total?: Bar
  readonly widthMs: number
  readonly lineMs: number | null
}

/** Lays a change's way out. The objective counts from the append, by the broker's clock. */
export function barsOf(change: TimelineJson, thresholdMs: number | null): Bars {
  const startMs = Date.parse(change.occurredAt)
  const since = (at: string): number => Date.parse(at) - startMs
  const appended = change.steps.find(({ stage }) => stage === 'appended')
  const appendedMs = appended === undefined ? null : since(appended.at)
  const drawn = [
    ...stepBars(change, since),
    ...refusalBars(change, since),
    ...edgeBars(change, since),
  ]
  const bars = drawn.map((bar): Bar => {
    const { afterMs } = bar
    const isLater = appendedMs !== null && afterMs !== null && bar.name !== 'committed'
    return { ...bar, sinceAppendMs: isLater ? afterMs - appendedMs : null }
  })
  const lineMs = thresholdMs === null || appendedMs === null ? null : appendedMs + thresholdMs
  const lastMs = Math.max(1, ...bars.map(({ afterMs }) => afterMs ?? 0))
  // An objective far beyond the bars would squeeze them into a corner: then only its text shows it.
  const isNear = lineMs !== null && lineMs <= lastMs * 4
  const total = totalOf(change, appendedMs)
  return {
    bars,
    ...(total !== undefined && { total }),
    widthMs: isNear ? Math.max(lastMs, lineMs * HEADROOM) : lastMs,
    lineMs: isNear ? lineMs : null,
  }
}

/** The line of the objective has some space behind it. */
const HEADROOM = 1.05
/** Edges that are shown before a reader asks for all. */
const EDGES_MAX = 5

/** The rows that are shown: each step, and of many edges the slowest. Missing edges are the slowest of all. */
export function shownBars(bars: readonly Bar[], isAll: boolean): readonly Bar[] {
  const edges = bars.filter(({ isEdge }) => isEdge)
  if (isAll || edges.length <= EDGES_MAX) return bars
  const late = ({ afterMs }: Bar): number => afterMs ?? Number.POSITIVE_INFINITY
  const slowest = new Set(edges.toSorted((a, b) => compare(late(b), late(a))).slice(0, EDGES_MAX))
  return bars.filter((bar) => !bar.isEdge || slowest.has(bar))
}

type Since = (at: string) => number
type Drawn = Omit<Bar, 'sinceAppendMs'>

function stepBars({ steps }: TimelineJson, since: Since): readonly Drawn[] {
  return steps.map(({ stage, at, clock }, index) => {
    const before = steps[index - 1]
    const fromMs = before === undefined ? 0 : Math.min(since(before.at), since(at))
    return { name: stage, clock, at, fromMs, afterMs: since(at), isEdge: false, status: null }
  })
}

function publishedIn({ steps }: TimelineJson, since: Since): number {
  const published = steps.find(({ stage }) => stage === 'published')
  return published === undefined ? 0 : since(published.at)
}

function edgeBars(change: TimelineJson, since: Since): readonly Drawn[] {
  const publishedMs = publishedIn(change, since)
  return change.edges.map(({ appliedAt: at, standing, ...edge }) => {
    const afterMs = at === null ? null : since(at)
    const fromMs = Math.min(publishedMs, afterMs ?? publishedMs)
    return {
      name: edgeName(edge),
      clock: 'edge',
      at,
      fromMs,
      afterMs,
      isEdge: true,
      status: standing,
    }
  })
}

function refusalBars(change: TimelineJson, since: Since): readonly Drawn[] {
  const publishedMs = publishedIn(change, since)
  return change.edges.flatMap(({ refusedFrom: at, ...edge }) => {
    if (at === undefined) return []
    const name = `${edgeName(edge)} refused by itself (lease)`
    const fromMs = Math.min(publishedMs, since(at))
    return [{ name, clock: '–', at, fromMs, afterMs: since(at), isEdge: true, status: null }]
  })
}

/** The measured time: an edge that refused by its lease ends it as much as one that applied the change. */
function totalOf(
  { edges, completeMs, occurredAt }: TimelineJson,
  appendedMs: number | null,
): Bar | undefined {
  if (completeMs === null || appendedMs === null || edges.length === 0) return undefined
  const afterMs = appendedMs + completeMs
  const at = new Date(Date.parse(occurredAt) + afterMs).toISOString()
  const of = { name: 'commit → last edge', clock: 'source, edge', isEdge: false, status: null }
  return { ...of, at, fromMs: 0, afterMs, sinceAppendMs: completeMs }
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}
