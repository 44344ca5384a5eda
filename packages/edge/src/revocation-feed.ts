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
