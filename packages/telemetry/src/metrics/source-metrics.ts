import type { Clock } from '@freshet/protocol'
import { Gauge } from 'prom-client'
import { seconds } from '../prometheus/buckets.ts'
import { bounded, NAMES_MAX } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** The state of a source in the tenant with its longest silence. */
export interface HeardSource {
  readonly source: string
  /** Its `through`, by its own clock; `null` if a partition of it never had a heartbeat. */
  readonly throughMs: number | null
  readonly leaseMs: number
}

/**
 * Registers the metrics of sources, and returns the function that sets all of them at once. Silence is
 * computed at each scrape, so it also grows if no process sets it any more. Call once per `Metrics`.
 */
export function sourceMetrics(
  { registry }: Metrics,
  clock: Pick<Clock, 'nowMs'>,
): (heard: readonly HeardSource[]) => void {
  const labelNames = ['source'] as const
  const boundedSource = bounded(NAMES_MAX)
  let last: readonly HeardSource[] = []
  const silence = new Gauge({
    name: 'freshet_source_silence_seconds',
    help: "The age of a source's `through`, in the tenant where it is oldest; includes the skew of its clock.",
    labelNames,
    registers: [],
    collect() {
      this.reset()
      for (const [source, ms] of worst(last.map((one) => [boundedSource(one.source), since(one)])))
        this.set({ source }, seconds(ms))
    },
  })
  const lease = new Gauge({
    name: 'freshet_source_lease_seconds',
    help: 'The lease of a source.',
    labelNames,
    registers: [],
    collect() {
      this.reset()
      for (const { source, leaseMs } of last)
        this.set({ source: boundedSource(source) }, seconds(leaseMs))
    },
  })
  for (const metric of [silence, lease]) registry.registerMetric(metric)
  const since = ({ throughMs }: HeardSource): number =>
    throughMs === null ? Number.POSITIVE_INFINITY : clock.nowMs() - throughMs
  return (heard) => {
    last = heard
  }
}

function worst(values: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const byName = new Map<string, number>()
  for (const [name, value] of values)
    byName.set(name, Math.max(byName.get(name) ?? Number.NEGATIVE_INFINITY, value))
  return byName
}
