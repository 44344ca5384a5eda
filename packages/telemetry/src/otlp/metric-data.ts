import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type MetricData,
} from '@opentelemetry/sdk-metrics'
import type { MetricObjectWithValues, MetricValue } from 'prom-client'

/** The span of time that cumulative figures cover, in milliseconds since 1970. */
export interface Covered {
  readonly startMs: number
  readonly endMs: number
}

type Read = MetricObjectWithValues<MetricValue<string>>

/** A value of a histogram: a bucket, the sum or the count. prom-client does not declare the name. */
interface HistogramValue extends MetricValue<string> {
  readonly metricName?: string
}

type HistogramPoint = DataPoint<{
  buckets: { boundaries: number[]; counts: number[] }
  sum: number
  count: number
}>

/**
 * Returns metrics as prom-client reads them in the form of OpenTelemetry. Names and labels stay as at
 * `/metrics`, so that boards and rules fit both. Metrics of other types are left out.
 */
export function metricDataOf(read: readonly unknown[], covered: Covered): readonly MetricData[] {
  // The declared type of prom-client has no values.
  return (read as readonly Read[]).flatMap((metric) => dataOf(metric, covered) ?? [])
}

function dataOf(metric: Read, covered: Covered): MetricData | undefined {
  const descriptor = {
    name: metric.name,
    description: metric.help,
    unit: '',
    valueType: ValueType.DOUBLE,
  }
  const shared = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE }
  // The form of the types: prom-client gives the name where it declares a number.
  switch (String(metric.type)) {
    case 'counter': {
      const dataPoints = metric.values.map((value) => pointOf(value, covered))
      return { ...shared, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    }
    case 'gauge': {
      const dataPoints = metric.values.map((value) => pointOf(value, covered))
      return { ...shared, dataPointType: DataPointType.GAUGE, dataPoints }
    }
    case 'histogram': {
      const dataPoints = histogramPoints(metric, covered)
      return { ...shared, dataPointType: DataPointType.HISTOGRAM, dataPoints }
    }
    default:
      return undefined
  }
}

function pointOf({ value, labels }: MetricValue<string>, covered: Covered): DataPoint<number> {
  return { ...timesOf(covered), attributes: attributesOf(labels), value }
}

/** The values of one set of labels stand together: its buckets in order, then the sum and the count. */
function histogramPoints(metric: Read, covered: Covered): HistogramPoint[] {
  const byLabels = new Map<string, HistogramValue[]>()
  for (const value of metric.values) {
    const { le: _, ...labels } = value.labels
    const key = JSON.stringify(labels)
    byLabels.set(key, [...(byLabels.get(key) ?? []), value])
  }
  return [...byLabels.values()].map((values) => histogramPoint(metric.name, values, covered))
}

function histogramPoint(
  name: string,
  values: readonly HistogramValue[],
  covered: Covered,
): HistogramPoint {
  const of = (suffix: string): readonly HistogramValue[] =>
    values.filter(({ metricName }) => metricName === `${name}_${suffix}`)
  const buckets = of('bucket')
  const { le: _, ...labels } = values[0]?.labels ?? {}
  const boundaries = buckets.map(({ labels: { le } }) => Number(le)).filter(Number.isFinite)
  const upTo = buckets.map(({ value }) => value)
  const counts = upTo.map((count, index) => count - (upTo[index - 1] ?? 0))
  const [sum] = of('sum')
  const [count] = of('count')
  return {
    ...timesOf(covered),
    attributes: attributesOf(labels),
    value: { buckets: { boundaries, counts }, sum: sum?.value ?? 0, count: count?.value ?? 0 },
  }
}

function timesOf({ startMs, endMs }: Covered): { startTime: HrTime; endTime: HrTime } {
  return { startTime: hrTime(startMs), endTime: hrTime(endMs) }
}

function hrTime(ms: number): HrTime {
  const seconds = Math.trunc(ms / 1_000)
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)]
}

function attributesOf(labels: Readonly<Record<string, unknown>>): Attributes {
  return Object.fromEntries(
    Object.entries(labels).filter(([, value]) => value !== undefined),
  ) as Attributes
}
