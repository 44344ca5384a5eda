import type { LogReader, LogWriter } from '@freshet/wire'

/**
 * The topics of an edge: it reads revocations there, and can report there.
 *
 * An adapter makes one; closing it is left to the edge, which calls `close` once, when it closes.
 */
export interface RevocationFeed {
  readonly reader: LogReader
  /** Absent: the edge reports nothing, and convergence cannot count it. */
  readonly reports?: LogWriter
  close?(): Promise<void>
}
