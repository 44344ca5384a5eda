import type { BlindEdgeJson, MeasuredChange, SloSpanJson } from '@freshet/insight/answers'
import type { BlindEdge, ChangeSample, SloSpan } from '@freshet/insight'
import { formatRfc3339 } from '@freshet/wire'

/** The results, span by span. */
export function historyJson(spans: readonly SloSpan[]): readonly SloSpanJson[] {
  return spans.map(({ fromMs, good, valid }) => ({ from: formatRfc3339(fromMs), good, valid }))
}

/** A change as it was measured. */
export function sampleJson(sample: ChangeSample): MeasuredChange {
  const { id, tenant, source, class: named, origin, completeMs, isUpperBound } = sample
  const { edges, slowest, missing } = sample
  return {
    kind: 'change',
    id,
    tenant,
    source,
    class: named,
    origin,
    appendedAt: formatRfc3339(sample.appendedAtMs),
    measuredAt: formatRfc3339(sample.closedAtMs),
    completeMs,
    isUpperBound,
    edges,
    slowest,
    missing,
  }
}

/** An edge whose view was too old. */
export function blindJson({ edge, minutes, oldestMs }: BlindEdge): BlindEdgeJson {
  return { kind: 'edge', edge, minutes, oldestViewMs: oldestMs }
}
