import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { asksForOpenMetrics, openMetricsOf } from './open-metrics.ts'

/** Which program this is; shown as the labels of `freshet_build_info`. */
export interface BuildInfo {
  readonly version: string
  readonly commit: string
}

/** The metrics of one process. */
export interface Metrics {
  /** Only for the functions of this package. */
  readonly registry: Registry
  /** The text of `/metrics`; with exemplars for who accepts OpenMetrics. */
  readonly exposition: (
    accept?: string,
  ) => Promise<{ readonly contentType: string; readonly text: string }>
}

/**
 * Makes an empty set of metrics with what every process shows: `freshet_build_info`, `process_*`
 * and `nodejs_*`. Each call is a set of its own.
 */
export function createMetrics(build: BuildInfo): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const info = new Gauge({
    name: 'freshet_build_info',
    help: 'Always 1; the labels name the build.',
    labelNames: ['version', 'commit', 'node'],
    registers: [registry],
  })
  info.set({ version: build.version, commit: build.commit, node: process.version }, 1)
  const exposition: Metrics['exposition'] = async (accept) => {
    if (asksForOpenMetrics(accept)) return openMetricsOf(registry)
    return { contentType: registry.contentType, text: await registry.metrics() }
  }
  return { registry, exposition }
}
