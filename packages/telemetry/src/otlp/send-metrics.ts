import type { Clock } from '@freshet/protocol'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { Metrics } from '../prometheus/metrics.ts'
import { metricDataOf } from './metric-data.ts'
import { resourceOf, type Named } from './resource.ts'
import type { Shutdown } from './otlp-receivers.ts'

/** A receiver that does not answer has this long for one export. */
const EXPORT_TIMEOUT_MS = 10_000
const SCOPE = { name: 'freshet' }

/** The parts of sending figures. */
export interface SendOptions extends Named {
  readonly url: string
  readonly metricsEveryMs: number
  readonly clock: Clock
  /** The start of the process, from which its counters count. */
  readonly startMs: number
}

/** Sends the figures of `/metrics` in an interval, and once more at the end. */
export async function sendMetrics(metrics: Metrics, options: SendOptions): Promise<Shutdown> {
  const { url, metricsEveryMs, clock, startMs } = options
  const resource = await resourceOf(options)
  const producer: MetricProducer = {
    async collect() {
      const read = await metrics.registry.getMetricsAsJSON()
      const data = metricDataOf(read, { startMs, endMs: clock.nowMs() })
      const scopeMetrics = [{ scope: SCOPE, metrics: [...data] }]
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] }
    },
  }
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url }),
    exportIntervalMillis: metricsEveryMs,
    exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, metricsEveryMs),
    metricProducers: [producer],
  })
  const provider = new MeterProvider({ resource, readers: [reader] })
  return () => provider.shutdown()
}
