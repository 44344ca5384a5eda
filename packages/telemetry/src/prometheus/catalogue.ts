import { connectionMetrics } from '../metrics/connection-metrics.ts'
import { edgeMetrics } from '../metrics/edge-metrics.ts'
import { limitMetrics } from '../metrics/limit-metrics.ts'
import { endpointLimitMetrics } from '../metrics/endpoint-limiter-metrics.ts'
import { exposureMetrics } from '../metrics/exposure-metrics.ts'
import { healthMetrics } from '../metrics/health-metrics.ts'
import { httpMetrics } from '../metrics/http-metrics.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { pipelineMetrics } from '../metrics/pipeline-metrics.ts'
import { probeMetrics } from '../metrics/probe-metrics.ts'
import { quarantineMetrics } from '../metrics/quarantine-metrics.ts'
import {
  credentialRefusalMetrics,
  mintRefusalMetrics,
  refusalMetrics,
} from '../metrics/refusal-metrics.ts'
import { sliMetrics } from '../metrics/sli-metrics.ts'
import { sourceMetrics } from '../metrics/source-metrics.ts'
import { statusMetrics } from '../metrics/status-metrics.ts'
import { keyMetrics } from '../process/key-metrics.ts'
import { storeMetrics } from '../process/store-metrics.ts'

/** The data of a metric that a reader of the catalogue needs. */
export interface MetricEntry {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly labels: readonly string[]
  readonly help: string
}

/** Metrics that one function registers. */
export interface MetricFamily {
  readonly title: string
  readonly entries: readonly MetricEntry[]
}

/** The metrics that one call registers, whatever its arguments. */
interface Registration {
  readonly title: string
  readonly register: (metrics: Metrics) => unknown
}

const FRESH = { state: 'fresh', causes: [] } as const
const NOBODY = { admitted: 0, refused: 0, inside: 0, places: 0 }

const NO_STORES = {
  clock: { monotonicMs: () => 0 },
  database: { query: async () => {}, pool: { totalCount: 0, idleCount: 0, waitingCount: 0 } },
  kafka: { check: async () => {} },
}

/** Every function that registers metrics. One that is not here fails a test. */
const REGISTRATIONS: readonly Registration[] = [
  { title: 'The way of a change', register: pipelineMetrics },
  { title: 'Sources', register: (metrics) => sourceMetrics(metrics, { nowMs: () => 0 }) },
  {
    title: 'Upstream systems',
    register: (metrics) => connectionMetrics(metrics, { nowMs: () => 0 }),
  },
  { title: 'Quarantine', register: quarantineMetrics },
  { title: 'Edges', register: edgeMetrics },
  { title: 'Reports of edges', register: exposureMetrics },
  { title: 'The measured loop', register: sliMetrics },
  { title: 'Health', register: (metrics) => healthMetrics(metrics, () => FRESH) },
  { title: 'How everything stands', register: statusMetrics },
  { title: 'Probes', register: probeMetrics },
  { title: 'Token requests', register: (metrics) => endpointLimitMetrics(metrics, () => NOBODY) },
  { title: 'Refused mints', register: mintRefusalMetrics },
  { title: 'Refused clients', register: credentialRefusalMetrics },
  { title: 'Limits of clients', register: (metrics) => limitMetrics(metrics, () => []) },
  { title: 'Stores', register: (metrics) => storeMetrics(metrics, NO_STORES) },
  { title: 'Keys', register: (metrics) => keyMetrics(metrics, {}, { nowMs: () => 0 }) },
  { title: 'HTTP', register: httpMetrics },
  { title: 'Refusals', register: refusalMetrics },
]

/** Every metric of ours by family; `freshet_build_info` is of every process. Those of libraries are left out. */
export function metricsCatalogue(): readonly MetricFamily[] {
  return [{ title: 'Every process', register: () => undefined }, ...REGISTRATIONS].map(
    ({ title, register }) => ({ title, entries: entriesOf(register, title) }),
  )
}

function entriesOf(register: Registration['register'], title: string): readonly MetricEntry[] {
  const metrics = createMetrics({ version: '', commit: '' })
  const before = new Set(namesIn(metrics))
  register(metrics)
  const isOwn = (name: string): boolean =>
    title === 'Every process' ? name.startsWith('freshet_') : !before.has(name)
  return registered(metrics).filter(({ name }) => isOwn(name))
}

function namesIn(metrics: Metrics): readonly string[] {
  return registered(metrics).map(({ name }) => name)
}

/** The library keeps type and labels of a metric, but its own types do not show them. */
function registered({ registry }: Metrics): readonly MetricEntry[] {
  const metrics = registry.getMetricsAsArray() as unknown as readonly {
    readonly name: string
    readonly type: MetricEntry['type']
    readonly labelNames: readonly string[]
    readonly help: string
  }[]
  return metrics.map(({ name, type, labelNames, help }) => ({
    name,
    type,
    labels: labelNames,
    help,
  }))
}
