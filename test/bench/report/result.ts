import { median, medianOf, type Distribution } from '../measure/distribution.ts'
import type { Bound, Metric, Reading, Tail } from '../scenario.ts'

/** A bound and whether it was met. */
export interface Judged extends Bound {
  readonly met: boolean
}

/** The ratio of two metrics of one run. */
export interface Ratio extends Partial<Judged> {
  readonly id: string
  /** The percentile that is compared; absent: the median. */
  readonly of?: Tail
  readonly ratio: number
}

/** One line of the results: percentiles, or one value. */
export type Result = {
  readonly id: string
  readonly unit: Metric['unit']
  readonly target?: Judged
  readonly tail?: Readonly<Partial<Record<Tail, Judged>>>
  readonly against?: readonly Ratio[]
  /** The median, or p50, of each repetition. */
  readonly repetitions: readonly number[]
} & (Distribution | { readonly value: number })

/** Returns the number for bounds and ratios. */
export function middleOf(reading: Reading | { readonly value: number }): number {
  if (typeof reading === 'number') return reading
  return 'value' in reading ? reading.value : reading.p50
}

/**
 * Combines the repetitions of every metric.
 *
 * @throws Error for a metric without readings, or with readings of two kinds
 */
export function resultsOf(
  metrics: readonly Metric[],
  readings: Readonly<Record<string, readonly Reading[]>>,
): readonly Result[] {
  return metrics.map((metric) => combine(metric, readings[metric.id] ?? []))
}

/** Adds to each result its ratios to others of the run; a ratio to one that was not measured is left out. */
export function compared(
  results: readonly Result[],
  metrics: readonly Metric[],
): readonly Result[] {
  const byId = new Map(results.map((result) => [result.id, result]))
  return results.map((result) => {
    const { against = [] } = metrics.find(({ id }) => id === result.id) ?? {}
    const ratios = against.flatMap(({ id, of, ...bound }) => {
      const other = byId.get(id)
      if (other === undefined) return []
      const ratio = pointOf(result, of) / pointOf(other, of)
      return [{ id, ...(of === undefined ? {} : { of }), ratio, ...judged(bound, ratio) }]
    })
    return ratios.length === 0 ? result : { ...result, against: ratios }
  })
}

/** One value has no percentiles. */
function pointOf(result: Result, of: Tail | undefined): number {
  return of === undefined || 'value' in result ? middleOf(result) : result[of]
}

function combine({ id, unit, target, tail }: Metric, readings: readonly Reading[]): Result {
  if (readings.length === 0) throw new Error(`${id} was not measured.`)
  const spread = readings.filter((reading) => typeof reading !== 'number')
  if (spread.length !== 0 && spread.length !== readings.length)
    throw new Error(`${id} was measured in two ways.`)
  const repetitions = readings.map(middleOf)
  const result = spread.length === 0 ? { value: median(repetitions) } : medianOf(spread)
  const own = target === undefined ? undefined : judged(target, middleOf(result))
  const beyond = tail === undefined || 'value' in result ? undefined : judgedTail(tail, result)
  return {
    id,
    unit,
    ...result,
    ...(own === undefined ? {} : { target: own }),
    ...(beyond === undefined ? {} : { tail: beyond }),
    repetitions,
  }
}

function judgedTail(tail: NonNullable<Metric['tail']>, distribution: Distribution): Result['tail'] {
  const names = Object.keys(tail) as Tail[]
  return Object.fromEntries(
    names.map((name) => [name, judged(tail[name] ?? {}, distribution[name])]),
  )
}

function judged(bound: Bound, value: number): Judged | undefined {
  const { atMost, atLeast } = bound
  if (atMost === undefined && atLeast === undefined) return undefined
  const met = value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity)
  return { ...bound, met }
}
