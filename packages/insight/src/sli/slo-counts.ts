import { BULK_CLASS, type Sli, type Slo } from '@freshet/protocol/slo'
import type { MeasuredSample } from './change-sample.ts'
import type { SampleOrigin } from './origin.ts'

/** The counts of one measurement: the good ones and all. */
export interface SloCount {
  readonly slo: string
  readonly origin: SampleOrigin
  readonly minuteMs: number
  readonly good: number
  readonly valid: number
}

/** One thing that was measured. */
export interface Observation {
  readonly sli: Sli
  /** `null` where the measurement has no classes. */
  readonly class: string | null
  readonly origin: SampleOrigin
  /** For a measurement that is compared with a threshold; `null`: it is beyond any. */
  readonly valueMs: number | null
  /** True or false for an event that is good or bad by itself. */
  readonly isGood?: boolean
  /** The number of such events. Default: one. */
  readonly times?: number
}

/** Counts what was measured within a minute, for every service level that is about it. */
export function sloCounts(
  slos: readonly Slo[],
  observations: readonly Observation[],
  minuteMs: number,
): readonly SloCount[] {
  const counts = new Map<
    string,
    { slo: string; origin: SampleOrigin; good: number; valid: number }
  >()
  for (const observation of observations) {
    for (const slo of slos) {
      if (!isAbout(slo, observation)) continue
      const key = `${slo.name} ${observation.origin}`
      const count = counts.get(key) ?? {
        slo: slo.name,
        origin: observation.origin,
        good: 0,
        valid: 0,
      }
      counts.set(key, count)
      count.valid += observation.times ?? 1
      if (isGood(slo, observation)) count.good += observation.times ?? 1
    }
  }
  return [...counts.values()].map((count) => ({ ...count, minuteMs }))
}

/** S1, S2 and S6 of a sample. A change for which no edge counts has no edge results. */
export function observationsOf({ sample, pairs }: MeasuredSample): readonly Observation[] {
  const { class: named, origin, completeMs, edges } = sample
  const of = { class: named, origin }
  const isTerminal = completeMs !== null
  const coverage = { ...of, sli: 'coverage' as const, valueMs: null, isGood: isTerminal }
  const applies = pairs.map(({ takenMs: valueMs }) => ({
    ...of,
    sli: 'edge-apply' as const,
    valueMs,
  }))
  if (edges === 0 && isTerminal) return [coverage]
  return [{ ...of, sli: 'change-complete', valueMs: completeMs }, ...applies, coverage]
}

/** The origins of a service level's changes: those of a replay or backfill have the class bulk. */
export function originsOf({
  sli,
  class: named,
}: Pick<Slo, 'sli' | 'class'>): readonly SampleOrigin[] {
  if (sli === 'correctness') return ['probe']
  return named === BULK_CLASS ? ['replay', 'backfill'] : ['live']
}

/** Probes count for what is about live changes too, under their own origin. */
function isAbout(slo: Slo, observation: Observation): boolean {
  if (slo.sli !== observation.sli) return false
  if (slo.class === BULK_CLASS) return originsOf(slo).includes(observation.origin)
  return slo.class === null || slo.class === observation.class
}

function isGood({ thresholdMs }: Slo, { isGood: own, valueMs }: Observation): boolean {
  if (own !== undefined) return own
  return valueMs !== null && thresholdMs !== null && valueMs <= thresholdMs
}
