import { REPORT_REFUSALS, type ReportRefusal } from '@freshet/protocol/slo'
import { Counter } from 'prom-client'
import { bounded, NAMES_MAX } from '../prometheus/labels.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** The requests that edges allowed before a revocation reached them, from their reports. */
export interface ExposureMetrics {
  /** Requests that the change would have refused; `null` where it is unknown, or of no class. */
  staleAllows(changeClass: string | null, requests: number): void
  /** Allows that an edge could not hold long enough, and changes whose exposure it gave up. */
  evictions(count: number): void
  /** Counts a record of the topic of reports that is no report, or is too large. */
  unreadable(): void
  /** A report that changed nothing, because a client holds the name of its edge, or its number came before. */
  ignored(reason: ReportRefusal): void
}

/** Registers them. Call once per `Metrics`. */
export function exposureMetrics({ registry }: Metrics): ExposureMetrics {
  const registers = [registry]
  const stale = new Counter({
    name: 'freshet_stale_allows_total',
    help: 'Requests that were allowed after the commit of a change that revokes their token.',
    labelNames: ['class'],
    registers,
  })
  const evictions = new Counter({
    name: 'freshet_stale_allow_ring_evictions_total',
    help: 'Allows that edges could not hold against revocations: freshet_stale_allows_total is then a lower bound.',
    registers,
  })
  const unreadable = new Counter({
    name: 'freshet_edge_reports_unreadable_total',
    help: 'Records of the topic of reports that could not be read: their content is lost.',
    registers,
  })
  const ignored = new Counter({
    name: 'freshet_edge_reports_ignored_total',
    help: 'Reports that changed nothing: their signature does not prove the client that signs for the edge, or they are copies.',
    labelNames: ['reason'],
    registers,
  })
  for (const reason of REPORT_REFUSALS) ignored.inc({ reason }, 0)
  const boundedClass = bounded(NAMES_MAX)
  return {
    staleAllows: (changeClass, requests) =>
      stale.inc({ class: boundedClass(changeClass ?? 'unknown') }, requests),
    evictions: (count) => evictions.inc(count),
    unreadable: () => unreadable.inc(),
    ignored: (reason) => ignored.inc({ reason }),
  }
}
