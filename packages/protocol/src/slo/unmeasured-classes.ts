import type { ServiceLevel } from '../registry/registry.ts'
import type { Slo } from './slo.ts'

/** A class of the registry whose objective nothing measures. */
export interface UnmeasuredClass {
  readonly name: string
  /** Objectives about the class that promise less: later, or of a smaller share. */
  readonly laxer: readonly Slo[]
}

/**
 * Classes whose objective in the registry is measured by none of the service levels. One that measures it is
 * about how long changes of the class take to be complete, and promises at least as much.
 */
export function unmeasuredClasses(
  levels: ReadonlyMap<string, ServiceLevel>,
  slos: readonly Slo[],
): readonly UnmeasuredClass[] {
  return [...levels].flatMap(([name, level]) => {
    const own = slos.filter((slo) => slo.sli === 'change-complete' && slo.class === name)
    return own.some((slo) => keeps(slo, level)) ? [] : [{ name, laxer: own }]
  })
}

function keeps({ thresholdMs, target }: Slo, { withinMs, objective }: ServiceLevel): boolean {
  return thresholdMs !== null && thresholdMs <= withinMs && target >= objective
}
