import type { SloEntry } from '../read/slo-of.ts'

/** The histogram of the time until every edge enforced a change. */
export const COMPLETE = 'freshet_change_complete_duration_seconds'

/** The classes of changes that take something away. */
const REVOKING: readonly (string | null)[] = ['kill', 'reduce']

/** The figures of the objectives that boards draw. */
export interface Promises {
  /** The shortest time within which an objective wants a revocation at every edge. */
  readonly completeMs: number
  /** The burn rate that pages over its window of 1 h; undefined without such an alert. */
  readonly pageFactor: number | undefined
}

/** Returns the promises of some objectives. */
export function promisesOf(entries: readonly SloEntry[]): Promises {
  const complete = entries
    .filter(({ slo }) => slo.sli === 'change-complete' && REVOKING.includes(slo.class))
    .flatMap(({ slo: { thresholdMs } }) => thresholdMs ?? [])
  const hourly = entries.flatMap(({ rows }) => rows).find(({ long }) => long === '1h')
  return { completeMs: Math.min(...complete), pageFactor: hourly?.factor }
}
