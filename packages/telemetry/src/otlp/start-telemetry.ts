import type { Clock } from '@freshet/protocol'
import { trace } from '@opentelemetry/api'
import { httpMetrics, type HttpAnswer } from '../metrics/http-metrics.ts'
import { createMetrics, type Metrics } from '../prometheus/metrics.ts'
import { beginSpan } from '../tracing/span.ts'
import type { RandomHex } from '../tracing/traceparent.ts'
import type { OtlpReceivers, Shutdown } from './otlp-receivers.ts'
import { resourceOf, type Named } from './resource.ts'

/** The time for which the end of a process waits until its last spans and figures have left. */
const FLUSH_MS = 2_000

/** The identity of a process, and the receivers of its spans and figures. */
export interface TelemetryOptions extends OtlpReceivers {
  /** The name of the service, such as `gateway`. */
  readonly service: string
  /** The name that separates the processes of a service. */
  readonly instance: string
  readonly version: string
  readonly commit: string
  readonly clock: Clock
  readonly randomHex: RandomHex
}

/** OpenTelemetry of a process. Disposing sends what waits, for at most 2 s. */
export interface Telemetry extends AsyncDisposable {
  /** True if spans are sent. */
  readonly isTraced: boolean
  /** Makes the metrics of the process, and sends them in an interval if a receiver is named. Call once. */
  metrics(): Promise<Metrics>
  /** Registers the histogram of answered requests. If spans are sent, each request becomes one, too. */
  onAnswer(metrics: Metrics): (answer: TracedAnswer) => void
}

/**
 * Starts OpenTelemetry for a process. Spans and figures go to OTLP receivers, as JSON over HTTP. Without a
 * receiver no SDK is loaded. Spans wait in a queue of at most 2,048, as `OTEL_BSP_…` configures. A span without
 * room is dropped, so a receiver that is away delays nothing. Call once per process.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const startMs = options.clock.nowMs()
  const ends: Shutdown[] = []
  if (options.tracesUrl !== undefined) ends.push(await startSpans(options, options.tracesUrl))
  return {
    isTraced: options.tracesUrl !== undefined,
    async metrics() {
      const metrics = createMetrics(options)
      const { metricsUrl: url } = options
      if (url === undefined) return metrics
      const { sendMetrics } = await import('./send-metrics.ts')
      ends.push(await sendMetrics(metrics, { ...options, url, startMs }))
      return metrics
    },
    onAnswer(metrics) {
      const count = httpMetrics(metrics)
      if (options.tracesUrl === undefined) return count
      const span = requestSpans(options)
      return (answer) => {
        count(answer)
        span(answer)
      }
    },
    [Symbol.asyncDispose]: () => endWithin(FLUSH_MS, ends),
  }
}

/** The end of a process does not wait for an absent receiver, and its failure has no consequence. */
async function endWithin(waitMs: number, ends: readonly Shutdown[]): Promise<void> {
  if (ends.length === 0) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)))
  await Promise.race([Promise.allSettled(ends.map((end) => end())), late])
  clearTimeout(timer)
}

/** Sends the spans of this process to a receiver. Returns the function that ends it. */
async function startSpans(named: Named, url: string): Promise<Shutdown> {
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, resource] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      resourceOf(named),
    ])
  const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter({ url }))]
  const provider = new BasicTracerProvider({ resource, spanProcessors })
  trace.setGlobalTracerProvider(provider)
  return () => provider.shutdown()
}

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
interface RequestSpanParts {
  readonly clock: Clock
  readonly randomHex: RandomHex
}

/**
 * Makes a span of each answered request, with the route as its name. A span has the method, the route and the
 * status, and no path, query or header.
 */
function requestSpans({ clock, randomHex }: RequestSpanParts): (answer: TracedAnswer) => void {
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
