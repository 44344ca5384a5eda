import {
  collectDefaultMetrics,
  Gauge,
  Registry,
  type Counter,
  type Metric,
  type MetricObjectWithValues,
  type MetricValue,
  type RegistryContentType,
} from 'prom-client'

const OPENMETRICS = 'application/openmetrics-text'

/** Returns whether a scraper accepts OpenMetrics. Only that format has exemplars. */
function asksForOpenMetrics(accept: string | undefined): boolean {
  return accept?.includes(OPENMETRICS) ?? false
}

/** The metrics of a registry in OpenMetrics 1.0. */
async function openMetricsOf(
  registry: Registry,
): Promise<{ readonly contentType: string; readonly text: string }> {
  const open: Registry<RegistryContentType> = new Registry()
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  for (const metric of registry.getMetricsAsArray() as unknown as Metric[]) {
    open.registerMetric(isCounter(metric) ? renamed(metric) : metric)
  }
  return { contentType: open.contentType, text: await open.metrics() }
}

interface Typed {
  readonly name: string
  readonly type: string
}

function isCounter(metric: Metric): metric is Counter {
  return (metric as unknown as Typed).type === 'counter'
}

/** The library takes the suffix from the counter itself, for good: another scraper would miss it. */
function renamed(counter: Counter): Metric {
  const { name: full } = counter as unknown as Typed
  const name = full.replace(/_total$/, '')
  const get = async (): Promise<MetricObjectWithValues<MetricValue<string>>> => {
    return { ...(await counter.get()), name }
  }
  return { name, type: 'counter', get } as unknown as Metric
}

/** The release and the commit of this program; the labels of `freshet_build_info`. */
export interface BuildLabels {
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
 * The interval at which the delay of the event loop is measured. The library's 10 ms wake an idle process a
 * hundred times a second, which takes a third of a per cent of a core.
 */
const EVENT_LOOP_EVERY_MS = 50

/** Gauges of the library with the suffix of counters, which `promtool check metrics` refuses. Those without it by type stay. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

/**
 * Makes an empty set of metrics with what every process shows: `freshet_build_info`, `process_*`
 * and `nodejs_*`. Each call is a set of its own.
 */
export function createMetrics(build: BuildLabels): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_EVERY_MS })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
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
