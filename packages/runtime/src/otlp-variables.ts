import * as z from 'zod'
import { readConfig, setting } from '@freshet/wire/environment'

const url = z.url().optional()
const exporter = z.enum(['otlp', 'none']).default('otlp')

/** The receivers of OpenTelemetry. */
export interface OtlpSettings {
  /** The whole URL for spans; absent: no spans are sent. */
  readonly tracesUrl: string | undefined
  /** The whole URL for figures; absent: no figures are sent. */
  readonly metricsUrl: string | undefined
  /** The interval at which figures are sent, in milliseconds. */
  readonly metricsEveryMs: number
}

const variables = {
  isDisabled: setting('OTEL_SDK_DISABLED', z.stringbool().default(false)),
  base: setting('OTEL_EXPORTER_OTLP_ENDPOINT', url),
  traces: setting('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', url),
  metrics: setting('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', url),
  tracesExporter: setting('OTEL_TRACES_EXPORTER', exporter),
  metricsExporter: setting('OTEL_METRICS_EXPORTER', exporter),
  metricsEveryMs: setting(
    'OTEL_METRIC_EXPORT_INTERVAL',
    z.coerce.number().int().min(1_000).max(3_600_000).default(60_000),
  ),
}

/**
 * Reads the receivers from the variables of the OpenTelemetry specification. The endpoint of one signal is the
 * whole URL; to the shared endpoint `/v1/traces` and `/v1/metrics` are added. The exporters read the other
 * variables, such as `OTEL_EXPORTER_OTLP_HEADERS`, themselves.
 *
 * @throws `config.invalid` with every problem at once
 */
export function readOtlpSettings(env: Readonly<Record<string, string | undefined>>): OtlpSettings {
  const named = Object.entries(env).filter(([name]) => name.startsWith('OTEL_'))
  const config = readConfig(Object.fromEntries(named), variables)
  const { base, isDisabled, metricsEveryMs } = config
  const at = (own: string | undefined, to: 'otlp' | 'none', path: string): string | undefined => {
    if (isDisabled || to === 'none') return undefined
    return own ?? (base === undefined ? undefined : `${base.replace(/\/$/, '')}${path}`)
  }
  return {
    tracesUrl: at(config.traces, config.tracesExporter, '/v1/traces'),
    metricsUrl: at(config.metrics, config.metricsExporter, '/v1/metrics'),
    metricsEveryMs,
  }
}
