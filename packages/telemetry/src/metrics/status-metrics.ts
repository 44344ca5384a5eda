import { Gauge } from 'prom-client'
import { seconds } from '../prometheus/buckets.ts'
import { bounded, CLASSES_MAX, type EdgeStatusLabel } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** The lag of a reader behind a topic in one partition. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly behindMs: number
}

/** The state of all parts at a moment. Each call replaces all earlier values. */
export interface StatusMetrics {
  /** Edges by standing; one that is not named has none. */
  edgesSeen(counts: ReadonlyMap<EdgeStatusLabel, number>): void
  /**
   * Sets the lags; for the revocation topic, that of the edge with the largest lag. Partitions of which
   * nothing is known are left out.
   */
  lagSeen(lags: readonly PartitionLag[]): void
  /** Tokens that have not expired and that nothing calls stale, by the classes of their claims. */
  outstandingSeen(counts: ReadonlyMap<string, number>): void
}

const STATUSES: readonly EdgeStatusLabel[] = [
  'synced',
  'lagging',
  'stale',
  'starting',
  'disconnected',
  'closed',
  'never-connected',
  'uncounted',
]

/** Registers them. Call once per `Metrics`. */
export function statusMetrics({ registry }: Metrics): StatusMetrics {
  const registers = [registry]
  const edges = new Gauge({
    name: 'freshet_edges',
    help: 'Edges that reported within the last hour, by status; uncounted: live edges over the limit.',
    labelNames: ['state'],
    registers,
  })
  const lag = new Gauge({
    name: 'freshet_consumer_time_lag_seconds',
    help: 'The age of the first record that is not applied; of edges, the age of the oldest view.',
    labelNames: ['topic', 'partition'],
    registers,
  })
  const outstanding = new Gauge({
    name: 'freshet_tokens_outstanding',
    help: 'Tokens that have not expired and are not stale; each counts in every class that it carries.',
    labelNames: ['class'],
    registers,
  })
  const boundedClass = bounded(CLASSES_MAX)
  return {
    edgesSeen(counts) {
      for (const state of STATUSES) edges.set({ state }, counts.get(state) ?? 0)
    },
    lagSeen(lags) {
      lag.reset()
      for (const { topic, partition, behindMs } of lags)
        lag.set({ topic, partition: String(partition) }, seconds(behindMs))
    },
    outstandingSeen(counts) {
      outstanding.reset()
      for (const [named, tokens] of counts) outstanding.set({ class: boundedClass(named) }, tokens)
    },
  }
}
