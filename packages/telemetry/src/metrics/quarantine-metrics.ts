import { Gauge } from 'prom-client'
import { seconds } from '../prometheus/buckets.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** Quarantined records that wait for an operator, by topic and reason. Both are closed lists. */
export interface WaitingRecords {
  readonly topic: string
  readonly reason: string
  readonly records: number
  readonly oldestAgeMs: number
}

/**
 * Registers the metrics of the quarantine, and returns the function that sets all of them at once: a value
 * that is no longer named disappears. Call once per `Metrics`.
 */
export function quarantineMetrics({
  registry,
}: Metrics): (waiting: readonly WaitingRecords[]) => void {
  const labelNames = ['topic', 'reason'] as const
  const registers = [registry]
  const records = new Gauge({
    name: 'freshet_quarantine_records',
    help: 'Quarantined records that wait to be replayed or dropped.',
    labelNames,
    registers,
  })
  const oldest = new Gauge({
    name: 'freshet_quarantine_oldest_age_seconds',
    help: 'The wait of the oldest of these records.',
    labelNames,
    registers,
  })
  return (waiting) => {
    records.reset()
    oldest.reset()
    for (const { topic, reason, records: count, oldestAgeMs } of waiting) {
      records.set({ topic, reason }, count)
      oldest.set({ topic, reason }, seconds(oldestAgeMs))
    }
  }
}
