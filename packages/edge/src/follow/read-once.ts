import {
  EVENT_TYPES,
  isOfType,
  readCheckpoint,
  type LogRecord,
  type ReadCheckpoint,
} from '@freshet/events'

/** `null`: the record is no checkpoint that can be read. */
const known = new WeakMap<LogRecord, ReadCheckpoint | null>()

/**
 * As `readCheckpoint`, once for all edges of a process that are handed the very same record by a
 * shared reading; a checkpoint takes ten times as long to read as another record. It is remembered
 * no longer than the record itself.
 */
export function readCheckpointOnce(record: LogRecord): ReadCheckpoint | undefined {
  if (!isOfType(record.headers, EVENT_TYPES.checkpoint)) return undefined
  const held = known.get(record)
  if (held !== undefined) return held ?? undefined
  const read = readCheckpoint(record)
  known.set(record, read ?? null)
  return read
}
