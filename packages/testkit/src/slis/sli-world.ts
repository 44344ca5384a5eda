import { MINUTE_MS, type Slo } from '@freshet/protocol/slo'
import type { EdgeReport } from '@freshet/wire'

/** Some time of a whole minute. */
export const SLI_NOW_MS: number = 1_764_000_000_000 - (1_764_000_000_000 % MINUTE_MS)

/** An objective of the changes that reduce: 99.9 % within 2 s. */
export function testSlo(name: string, more: Partial<Slo> = {}): Slo {
  return {
    name,
    sli: 'change-complete',
    class: 'reduce',
    thresholdMs: 2_000,
    target: 0.999,
    description: '',
    windowDays: 28,
    alerts: [],
    alertWindows: [],
    ...more,
  }
}

/** One objective of each measurement that a turn makes. */
export const MEASURED_SLOS: readonly Slo[] = [
  testSlo('complete'),
  testSlo('apply', { sli: 'edge-apply', class: null }),
  testSlo('fresh', { sli: 'edge-fresh', class: null, thresholdMs: 5_000 }),
  testSlo('ingest', { sli: 'source-ingest', class: null, thresholdMs: 1_000 }),
  testSlo('coverage', { sli: 'coverage', class: null, thresholdMs: null }),
]

type Partition = EdgeReport['partitions'][number]

/** A report of an edge that is live, with these members replaced; `own` are those of partition 3. */
export function sliReport(more: Partial<EdgeReport>, own: Partial<Partition> = {}): EdgeReport {
  const view = { e: 1n, viewAgeMs: 40, applies: [] }
  return {
    edge: 'edge-1',
    audience: 'payments',
    version: '0.1.0',
    atMs: 1,
    state: 'live',
    partitions: [
      { ...view, partition: 0, applied: 1n },
      { ...view, partition: 3, applied: 9n, ...own },
    ],
    decisions: { allow: 1, deny: 2, challenge: 3 },
    ...more,
  }
}
