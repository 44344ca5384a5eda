import type { Clock } from '@freshet/protocol'
import { Gauge } from 'prom-client'
import { seconds } from '../prometheus/buckets.ts'
import { bounded, NAMES_MAX, OTHER } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** The state of a source in one tenant. */
export interface SourceReading {
  readonly source: string
  /** A tenant of the registry. */
  readonly tenant: string
  /** Its `through`, by its own clock; `null` if a partition of it never had a heartbeat. */
  readonly throughMs: number | null
  readonly leaseMs: number
  /** The team that is responsible for its data, and how to reach it: the registry has both. */
  readonly owner: string
  readonly contact: string
}

/** Pairs of a source and a tenant with a series of their own; the tenant of all later ones is `other`. */
const PAIRS_MAX = 500

/**
 * Registers the metrics of sources, and returns the function that sets all of them at once. Silence is
 * computed at each scrape, so it also grows if no process sets it any more. Call once per `Metrics`.
 */
export function sourceMetrics(
  { registry }: Metrics,
  clock: Pick<Clock, 'nowMs'>,
): (readings: readonly SourceReading[]) => void {
  const boundedSource = bounded(NAMES_MAX)
  const boundedPair = bounded(PAIRS_MAX)
  let last: readonly SourceReading[] = []
  const silence = new Gauge({
    name: 'freshet_source_silence_seconds',
    help: "The age of a source's `through` in a tenant of the registry; includes the skew of its clock.",
    labelNames: ['source', 'tenant'],
    registers: [],
    collect() {
      this.reset()
      for (const { labels, ms } of worst(
        last.map((one) => ({ labels: labelsOf(one), ms: since(one) })),
      ))
        this.set(labels, seconds(ms))
    },
  })
  const lease = new Gauge({
    name: 'freshet_source_lease_seconds',
    help: 'The lease of a source, with its owner and contact from the registry.',
    labelNames: ['source', 'owner', 'contact'],
    registers: [],
    collect() {
      this.reset()
      for (const { source, owner, contact, leaseMs } of last)
        this.set(leaseLabels(boundedSource(source), owner, contact), seconds(leaseMs))
    },
  })
  for (const metric of [silence, lease]) registry.registerMetric(metric)
  const since = ({ throughMs }: SourceReading): number =>
    throughMs === null ? Number.POSITIVE_INFINITY : clock.nowMs() - throughMs
  const labelsOf = ({ source, tenant }: SourceReading): SilenceLabels => {
    const isOther = boundedPair(JSON.stringify([source, tenant])) === OTHER
    return { source: boundedSource(source), tenant: isOther ? OTHER : tenant }
  }
  return (readings) => {
    last = readings
  }
}

interface SilenceLabels {
  readonly source: string
  readonly tenant: string
}

interface Silence {
  readonly labels: SilenceLabels
  readonly ms: number
}

/** Sources beyond the limit have several owners, and no series for each. */
function leaseLabels(source: string, owner: string, contact: string): Record<string, string> {
  return source === OTHER ? { source, owner: OTHER, contact: OTHER } : { source, owner, contact }
}

/** Returns the longest silence of each series. */
function worst(silences: readonly Silence[]): Iterable<Silence> {
  const byLabels = new Map<string, Silence>()
  for (const each of silences) {
    const key = JSON.stringify(each.labels)
    const before = byLabels.get(key)
    if (before === undefined || before.ms < each.ms) byLabels.set(key, each)
  }
  return byLabels.values()
}
