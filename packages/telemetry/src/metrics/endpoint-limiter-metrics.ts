import { Counter, Gauge } from 'prom-client'
import type { LimiterOutcome } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** The requests at a limited endpoint since the start, and its use. */
export interface LimiterReading extends Readonly<Record<LimiterOutcome, number>> {
  /** Let in and not yet answered. */
  readonly inside: number
  /** The number of requests that are allowed inside now. */
  readonly places: number
}

/** Registers the result of `counts`, which every scrape calls. Call once per `Metrics`. */
export function endpointLimitMetrics({ registry }: Metrics, counts: () => LimiterReading): void {
  const requests = new Counter({
    name: 'freshet_token_requests_total',
    help: 'Token requests by the decision of the load shedder.',
    labelNames: ['outcome'],
    registers: [],
    collect() {
      const { admitted, refused } = counts()
      this.reset()
      this.inc({ outcome: 'admitted' }, admitted)
      this.inc({ outcome: 'refused' }, refused)
    },
  })
  const inside = new Gauge({
    name: 'freshet_token_requests_inside',
    help: 'Token requests that were admitted and are not answered yet.',
    registers: [],
    collect() {
      this.set(counts().inside)
    },
  })
  const limit = new Gauge({
    name: 'freshet_token_requests_inside_limit',
    help: 'The limit of token requests in progress: it falls while some are refused.',
    registers: [],
    collect() {
      this.set(counts().places)
    },
  })
  for (const metric of [requests, inside, limit]) registry.registerMetric(metric)
}
