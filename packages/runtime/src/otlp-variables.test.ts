import { describe, expect, it } from 'vitest'
import { readOtlpSettings } from './otlp-variables.ts'

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318/' }
const everyMinute = { metricsEveryMs: 60_000 }
const both = {
  tracesUrl: 'http://otel:4318/v1/traces',
  metricsUrl: 'http://otel:4318/v1/metrics',
  ...everyMinute,
}

describe('the receivers of OpenTelemetry', () => {
  it.each([
    ['none without a variable', {}, everyMinute],
    ['both of the shared endpoint', BASE, both],
    [
      'one of its own endpoint, as it is',
      { ...BASE, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m:1/otlp' },
      { ...both, metricsUrl: 'http://m:1/otlp' },
    ],
    ['spans alone', { ...BASE, OTEL_METRICS_EXPORTER: 'none' }, { ...both, metricsUrl: undefined }],
    [
      'figures alone, each second',
      { ...BASE, OTEL_TRACES_EXPORTER: 'none', OTEL_METRIC_EXPORT_INTERVAL: '1000' },
      { ...both, tracesUrl: undefined, metricsEveryMs: 1_000 },
    ],
    ['none where the SDK is disabled', { ...BASE, OTEL_SDK_DISABLED: 'true' }, everyMinute],
  ])('are %s', (_, env, settings) => {
    expect(readOtlpSettings(env)).toEqual({
      tracesUrl: undefined,
      metricsUrl: undefined,
      ...settings,
    })
  })

  it('are refused where a value has no meaning, by name', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'otel', OTEL_TRACES_EXPORTER: 'zipkin' }
    expect(() => readOtlpSettings(env)).toThrow(
      /OTEL_EXPORTER_OTLP_ENDPOINT[^]*OTEL_TRACES_EXPORTER/,
    )
  })
})
