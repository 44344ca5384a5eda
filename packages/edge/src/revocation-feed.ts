import type { LogReader, LogWriter } from '@freshet/events'

/**
 * Where an edge reads revocations from, and where it may report to.
 *
 * An adapter makes one; closing it is left to the edge, which calls `close` once, when it closes.
 */
export interface RevocationFeed {
  readonly reader: LogReader
  /** Absent: the edge reports nothing, and convergence cannot count it. */
  readonly reports?: LogWriter
  close?(): Promise<void>
}

/** The topic of revocations and checkpoints. */
export const REVOCATIONS_TOPIC = 'freshet.revocations.v1'

/** The topic of what edges tell of themselves. */
export const EDGE_REPORTS_TOPIC = 'freshet.edge-reports.v1'

/** Partitions of the report topic. */
export const EDGE_REPORT_PARTITIONS = 3
