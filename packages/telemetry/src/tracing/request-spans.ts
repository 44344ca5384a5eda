import type { Clock } from '@freshet/protocol'
import type { HttpAnswer } from '../metrics/http-metrics.ts'
import { beginSpan } from './span.ts'
import type { RandomHex } from './traceparent.ts'

const SERVER_FAULT = 500
/** Probes and scrapes come every few seconds, and cause nothing that a trace would show. */
const UNTRACED: ReadonlySet<string> = new Set([
  '/livez',
  '/readyz',
  '/readyz/:name',
  '/metrics',
  '/v1/version',
])

/** A request that was answered, and the trace that it came with. */
export interface TracedAnswer extends HttpAnswer {
  readonly traceparent?: string | undefined
}

/** The clock and the random numbers of spans. */
export interface RequestSpanParts {
  readonly clock: Clock
  readonly randomHex: RandomHex
}

/**
 * Makes a span of each answered request, with the route as its name. A span has the method, the route and the
 * status, and no path, query or header.
 */
export function requestSpans({
  clock,
  randomHex,
}: RequestSpanParts): (answer: TracedAnswer) => void {
  return ({ route, method, status, durationMs, traceparent }) => {
    if (UNTRACED.has(route)) return
    const endMs = clock.nowMs()
    const attributes = {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
    }
    const begun = { parent: traceparent, startMs: endMs - durationMs, attributes, randomHex }
    const span = beginSpan(`${method} ${route}`, { kind: 'server', ...begun })
    if (status >= SERVER_FAULT) span.fail(new Error(String(status)))
    span.end(endMs)
  }
}
