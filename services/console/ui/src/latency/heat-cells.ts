import type { LatencyAnswer, LatencySpan, LatencyStageJson } from '@freshet/insight/answers'

/** A cell of the drawing: so many changes of a span took so long. */
export interface Cell {
  readonly column: number
  /** From below: 0 is the fastest that is drawn. */
  readonly row: number
  /** 0 to 1: how many against the most of one cell, by the logarithm, so that one slow change is seen. */
  readonly strength: number
}

/** The drawing of a stage. Rows are cut to those between its fastest and its slowest change. */
export interface Heat {
  readonly cells: readonly Cell[]
  readonly columns: number
  readonly rows: number
  /** Up to when the lowest row reaches. */
  readonly lowMs: number
  /** The bound in the middle of the height. */
  readonly midMs: number
  /** Up to when the highest row reaches; `null`: it is what never came so far. */
  readonly highMs: number | null
  /** The number of changes in the darkest cell. */
  readonly most: number
}

/** Fewer rows look like a line. */
const ROWS_MIN = 5
const WEAKEST = 0.25

/** Lays the cells of a stage out; `undefined` where it has none. */
export function heatOf(
  { spans }: Pick<LatencyStageJson, 'spans'>,
  { from, stepMs, steps, boundsMs }: Pick<LatencyAnswer, 'from' | 'stepMs' | 'steps' | 'boundsMs'>,
): Heat | undefined {
  const filled = spans.flatMap((span) => filledOf(span).map((one) => ({ ...one, at: span.from })))
  if (filled.length === 0) return undefined
  const slowest = Math.max(...filled.map(({ bucket }) => bucket))
  const top = Math.max(slowest, ROWS_MIN - 1)
  const fastest = Math.min(...filled.map(({ bucket }) => bucket))
  const bottom = Math.max(0, Math.min(fastest, top - ROWS_MIN + 1))
  const most = Math.max(...filled.map(({ changes }) => changes))
  const startMs = Date.parse(from)
  const rows = top - bottom + 1
  return {
    columns: steps,
    rows,
    lowMs: boundsMs[bottom] ?? 0,
    midMs: boundsMs[bottom + Math.ceil(rows / 2) - 1] ?? 0,
    highMs: boundsMs[top] ?? null,
    most,
    cells: filled.map(({ at, bucket, changes }) => ({
      column: Math.round((Date.parse(at) - startMs) / stepMs),
      row: bucket - bottom,
      strength: most === 1 ? 1 : WEAKEST + (1 - WEAKEST) * (Math.log(changes) / Math.log(most)),
    })),
  }
}

/** The windows that a reader selects, in hours. */
const WINDOWS = [1, 6, 24] as const
const HOUR_MS = 3_600_000

/** The shortest window with all changes of a day: on the first day, a day of hours is one thin column. */
export function fittedHours({
  stages,
  from,
  stepMs,
  steps,
}: Pick<LatencyAnswer, 'stages' | 'from' | 'stepMs' | 'steps'>): number {
  const endMs = Date.parse(from) + stepMs * steps
  const ages = stages.flatMap(({ spans }) => spans.map((span) => endMs - Date.parse(span.from)))
  const oldestMs = ages.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...ages)
  return WINDOWS.find((hours) => hours * HOUR_MS >= oldestMs) ?? 24
}

/**
 * A span as text: the number of changes, the bound that half of them kept, and that all did. `null`: no
 * bound.
 */
export interface SpanInWords {
  readonly from: string
  readonly changes: number
  readonly halfWithinMs: number | null
  readonly allWithinMs: number | null
}

/** The same as a table, for readers who cannot use a drawing. */
export function spansInWords(
  spans: readonly LatencySpan[],
  boundsMs: readonly number[],
): readonly SpanInWords[] {
  return spans.map((span) => {
    const filled = filledOf(span)
    const changes = filled.reduce((sum, one) => sum + one.changes, 0)
    let passed = 0
    const half = filled.find((one) => (passed += one.changes) * 2 >= changes)
    const within = (bucket: number | undefined): number | null => boundsMs[bucket ?? -1] ?? null
    return {
      from: span.from,
      changes,
      halfWithinMs: within(half?.bucket),
      allWithinMs: within(filled.at(-1)?.bucket),
    }
  })
}

function filledOf({ counts }: LatencySpan): readonly { bucket: number; changes: number }[] {
  return counts.flatMap((changes, bucket) => (changes === 0 ? [] : [{ bucket, changes }]))
}
