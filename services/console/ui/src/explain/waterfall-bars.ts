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
  readonly isEdge: boolean
  /** The status of an edge that has not applied it. */
  readonly standing: string | null
}

/** The rows, how wide the drawing is, and where the objective lies in it. */
export interface Bars {
  readonly bars: readonly Bar[]
  readonly widthMs: number
  readonly lineMs: number | null
}

/** Lays a change's way out. The objective counts from the append, by the broker's clock. */
export function barsOf(
  { steps, edges, occurredAt }: TimelineJson,
  thresholdMs: number | null,
): Bars {
  const startMs = Date.parse(occurredAt)
  const since = (at: string): number => Date.parse(at) - startMs
  const stepBars = steps.map(({ stage, at, clock }, index): Bar => {
    const before = steps[index - 1]
    const fromMs = before === undefined ? 0 : Math.min(since(before.at), since(at))
    return { name: stage, clock, at, fromMs, afterMs: since(at), isEdge: false, standing: null }
  })
  const publishedMs = stepBars.find(({ name }) => name === 'published')?.afterMs ?? 0
  const edgeBars = edges.map(({ appliedAt, standing, ...edge }): Bar => {
    const afterMs = appliedAt === null ? null : since(appliedAt)
    const fromMs = Math.min(publishedMs, afterMs ?? publishedMs)
    return {
      name: edgeName(edge),
      clock: 'edge',
      at: appliedAt,
      fromMs,
      afterMs,
      isEdge: true,
      standing,
    }
  })
  const refusalBars = edges.flatMap(({ refusedFrom: at, ...edge }): readonly Bar[] => {
    if (at === undefined) return []
    const name = `${edgeName(edge)} refused by itself (lease)`
    const fromMs = Math.min(publishedMs, since(at))
    return [{ name, clock: '–', at, fromMs, afterMs: since(at), isEdge: true, standing: null }]
  })
  const bars = [...stepBars, ...refusalBars, ...edgeBars]
  const appendedMs = stepBars.find(({ name }) => name === 'appended')?.afterMs
  const lineMs = thresholdMs === null || appendedMs == null ? null : appendedMs + thresholdMs
  const lastMs = Math.max(1, ...bars.map(({ afterMs }) => afterMs ?? 0))
  // An objective far beyond the bars would squeeze them into a corner: then only its text shows it.
  const isNear = lineMs !== null && lineMs <= lastMs * 4
  return {
    bars,
    widthMs: isNear ? Math.max(lastMs, lineMs) : lastMs,
    lineMs: isNear ? lineMs : null,
  }
}
