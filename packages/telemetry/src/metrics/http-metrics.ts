import { Histogram } from 'prom-client'
import { TIME_BUCKETS, seconds } from '../prometheus/buckets.ts'
import { bounded, NAMES_MAX } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** A request that was answered; `route` is the pattern, never the path. */
export interface HttpAnswer {
  readonly route: string
  readonly method: string
  readonly status: number
  readonly durationMs: number
}

/** Registers the histogram of HTTP answers. Fits `onAnswer` of the runtime. Call once per `Metrics`. */
export function httpMetrics({ registry }: Metrics): (answer: HttpAnswer) => void {
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time from a request to its answer.',
    labelNames: ['http_route', 'http_request_method', 'http_response_status_code'],
    buckets: TIME_BUCKETS,
    registers: [registry],
  })
  const boundedRoute = bounded(NAMES_MAX)
  const boundedMethod = bounded(NAMES_MAX)
  return ({ route, method, status, durationMs }) => {
    const labels = {
      http_route: boundedRoute(route),
      http_request_method: boundedMethod(method),
      http_response_status_code: status,
    }
    duration.observe(labels, seconds(durationMs))
  }
}
