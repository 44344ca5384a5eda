import type { BlindEdgeJson, MeasuredChange, SloJson, SloSpanJson } from '@freshet/insight/answers'
import type { BlindEdge, ChangeSample, SloSpan, SloStatus } from '@freshet/insight'
import { rfc3339 } from '../wire.ts'

/** A service level with how it stands. */
export function sloJson({ slo, ...status }: SloStatus): SloJson {
  const { name, sli, class: named, thresholdMs, target, description, windowDays } = slo
  const { good, valid, ratio, budgetRemaining, burn, state, alert } = status
  return {
    name,
    sli,
    class: named,
    thresholdMs,
    target,
    description,
    windowDays,
    good,
    valid,
    ratio,
    budgetRemaining,
    burn,
    state,
    alert,
  }
}

/** The results, span by span. */
export function historyJson(spans: readonly SloSpan[]): readonly SloSpanJson[] {
  return spans.map(({ fromMs, good, valid }) => ({ from: rfc3339(fromMs), good, valid }))
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
    appendedAt: rfc3339(sample.appendedAtMs),
    measuredAt: rfc3339(sample.closedAtMs),
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
