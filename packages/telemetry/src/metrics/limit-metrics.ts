import { Counter } from 'prom-client'
import type { LimitedRequestName, LimitHolderName } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** The number of requests of one kind that one kind of limit refused since the start. */
export interface LimitRefusalCount {
  readonly request: LimitedRequestName
  readonly limit: LimitHolderName
  readonly count: number
}

/** Registers what `counts` returns, which is called at each scrape. Call once per `Metrics`. */
export function limitMetrics(
  { registry }: Metrics,
  counts: () => readonly LimitRefusalCount[],
): void {
  const refusals = new Counter({
    name: 'freshet_client_limit_refusals_total',
    help: 'Token requests and revocations that a limit of a client or a tenant refused.',
    labelNames: ['request', 'limit'],
    registers: [],
    collect() {
      this.reset()
      for (const { request, limit, count } of counts()) this.inc({ request, limit }, count)
    },
  })
  registry.registerMetric(refusals)
}
