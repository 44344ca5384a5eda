import type {
  BlindEdge,
  ChangeSample,
  EdgeMinute,
  SampleQuestion,
  SloCount,
  SloSpan,
  SloSum,
} from '@freshet/insight'

/** The time that counts for a change that was never complete. */
const NEVER_MS = 900_000

/** Returns sums by service level and origin over spans that end now. */
export function sumsOf(
  rows: readonly SloCount[],
  nowMs: number,
  spansMs: readonly number[],
): readonly SloSum[] {
  return spansMs.flatMap((spanMs) => {
    const sums = new Map<string, SloSum>()
    for (const { slo, origin, minuteMs, good, valid } of rows) {
      if (minuteMs <= nowMs - spanMs || minuteMs > nowMs) continue
      const key = JSON.stringify([slo, origin])
      const sum = sums.get(key) ?? { slo, origin, spanMs, good: 0, valid: 0, measuredMs: 0 }
      const measuredMs = Math.max(sum.measuredMs, nowMs - minuteMs)
      sums.set(key, { ...sum, good: sum.good + good, valid: sum.valid + valid, measuredMs })
    }
    return [...sums.values()]
  })
}

/** Returns sums by spans since a time, oldest first. */
export function historyOf(
  rows: readonly SloCount[],
  { sinceMs, stepMs }: { readonly sinceMs: number; readonly stepMs: number },
): readonly SloSpan[] {
  const spans = new Map<number, SloSpan>()
  for (const { minuteMs, good, valid } of rows) {
    if (minuteMs < sinceMs) continue
    const fromMs = minuteMs - (minuteMs % stepMs)
    const span = spans.get(fromMs) ?? { fromMs, good: 0, valid: 0 }
    spans.set(fromMs, { fromMs, good: span.good + good, valid: span.valid + valid })
  }
  return [...spans.values()].sort((a, b) => a.fromMs - b.fromMs)
}

/** Returns the requested samples, newest first. */
export function samplesFor(
  samples: readonly ChangeSample[],
  { class: named, origins, sinceMs, overMs }: SampleQuestion,
  limit: number,
): readonly ChangeSample[] {
  const taken = ({ completeMs }: ChangeSample): number => completeMs ?? NEVER_MS
  const matching = samples.filter(
    (sample) =>
      (named === null || sample.class === named) &&
      origins.includes(sample.origin) &&
      sample.closedAtMs >= sinceMs &&
      (overMs === undefined || taken(sample) > overMs),
  )
  const ordered = overMs === undefined ? matching : matching.toSorted((a, b) => taken(b) - taken(a))
  return ordered.slice(0, limit)
}

/** Returns the edges whose view was too old, by minutes. */
export function blindest(
  rows: readonly EdgeMinute[],
  { sinceMs, overMs }: { readonly sinceMs: number; readonly overMs: number },
  limit: number,
): readonly BlindEdge[] {
  const byEdge = new Map<string, BlindEdge>()
  for (const { edge, minuteMs, oldestMs } of rows) {
    if (minuteMs < sinceMs || oldestMs <= overMs) continue
    const known = byEdge.get(edge) ?? { edge, minutes: 0, oldestMs: 0 }
    const oldest = Math.max(known.oldestMs, oldestMs)
    byEdge.set(edge, { edge, minutes: known.minutes + 1, oldestMs: oldest })
  }
  return [...byEdge.values()].sort((a, b) => b.minutes - a.minutes).slice(0, limit)
}
