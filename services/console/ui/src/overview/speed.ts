import type { LatencyAnswer, LatencyStageJson, Status } from '@freshet/insight/answers'
import { CLOCK_TOLERANCE_MS } from '@freshet/protocol'
import { spansInWords } from '../latency/heat-cells.ts'
import { hasP99, spanOf } from '../parts/words.ts'

/** The stage from the append of a change to the last edge. */
export function completeStage({
  stages,
}: Pick<LatencyAnswer, 'stages'>): LatencyStageJson | undefined {
  return stages.find(({ stage }) => stage === 'complete')
}

/** The measured time of the last hour from a revocation to the last edge, with the number of revocations. */
export function speedInWords({
  changes,
  p50Ms,
  p99Ms,
  maxMs,
}: Pick<LatencyStageJson, 'changes' | 'p50Ms' | 'p99Ms' | 'maxMs'>): string {
  if (changes === 0) return 'No revocation was measured in the last hour'
  if (p50Ms === null) return 'Most revocations of the last hour did not reach every edge'
  if (changes === 1) return `One revocation reached every edge in ${spanOf(p50Ms)}`
  const [name, slowest] = hasP99(changes) ? ['p99', p99Ms] : ['max', maxMs]
  const times = `p50 ${spanOf(p50Ms)} · ${name} ${slowest === null ? 'not complete' : spanOf(slowest)}`
  return `${changes.toLocaleString('en')} revocations reached every edge: ${times}`
}

/** D of the sources: lease and clock tolerance. `undefined` without a source. */
export function promiseInWords({ sources }: Pick<Status, 'sources'>): string | undefined {
  const promises = sources.map(({ leaseMs }) => leaseMs + CLOCK_TOLERANCE_MS)
  if (promises.length === 0) return undefined
  const [least, most] = [Math.min(...promises), Math.max(...promises)]
  return least === most
    ? `promise ${spanOf(least)}`
    : `promise ${spanOf(least)} to ${spanOf(most)}, by source`
}

/** The median of each span, oldest first. `null`: the median was not complete; `undefined`: no change. */
export function trendOf(
  { from, stepMs, steps, boundsMs }: Pick<LatencyAnswer, 'from' | 'stepMs' | 'steps' | 'boundsMs'>,
  { spans }: Pick<LatencyStageJson, 'spans'>,
): readonly (number | null | undefined)[] {
  const trend = Array.from<number | null | undefined>({ length: steps })
  for (const span of spansInWords(spans, boundsMs)) {
    const index = Math.round((Date.parse(span.from) - Date.parse(from)) / stepMs)
    trend[index] = span.halfWithinMs
  }
  return trend
}
