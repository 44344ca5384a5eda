import { Gauge } from 'prom-client'
import { seconds } from './buckets.ts'
import type { Metrics } from './metrics.ts'

/** Parked records that wait for somebody, by where they were found and why. Both are closed lists. */
export interface WaitingRecords {
  readonly topic: string
  readonly reason: string
  readonly records: number
  readonly oldestAgeMs: number
}

/**
 * Registers what is told of the quarantine, and answers the function that sets all of it at once: what
 * is no longer named is gone. Call once per `Metrics`.
 */
export function quarantineMetrics({
  registry,
}: Metrics): (waiting: readonly WaitingRecords[]) => void {
  const labelNames = ['topic', 'reason'] as const
  const registers = [registry]
  const records = new Gauge({
    name: 'freshet_quarantine_records',
    help: 'Parked records that wait to be replayed or dropped.',
    labelNames,
    registers,
  })
  const oldest = new Gauge({
    name: 'freshet_quarantine_oldest_age_seconds',
    help: 'How long the oldest of them has been parked.',
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
