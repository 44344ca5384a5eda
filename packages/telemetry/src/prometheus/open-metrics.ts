import {
  Registry,
  type Counter,
  type Metric,
  type MetricObjectWithValues,
  type MetricValue,
  type RegistryContentType,
} from 'prom-client'

const ASKED = 'application/openmetrics-text'

/** Returns whether a scraper accepts OpenMetrics. Only that format has exemplars. */
export function asksForOpenMetrics(accept: string | undefined): boolean {
  return accept?.includes(ASKED) ?? false
}

/** The metrics of a registry in OpenMetrics 1.0. */
export async function openMetricsOf(
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
