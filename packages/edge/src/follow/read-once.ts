import {
  decodeApplied,
  EVENT_TYPES,
  isOfType,
  readCheckpoint,
  recordHash,
  type LogRecord,
  type ReadCheckpoint,
} from '@freshet/wire'

/**
 * The content of a record's bytes, read once for all edges of a process that get the same record by a shared
 * reading. Only what follows from the bytes alone may be shared, never what an edge believes of them. It is
 * remembered no longer than the record itself.
 *
 * Its results are marked as pure: a bundle of an application that does not follow lacks the formats of the wire.
 */
function oncePerRecord<T>(read: (record: LogRecord) => T): (record: LogRecord) => T {
  const known = new WeakMap<LogRecord, { readonly value: T }>()
  return (record) => {
    const held = known.get(record)
    if (held !== undefined) return held.value
    const value = read(record)
    known.set(record, { value })
    return value
  }
}

const readKnownCheckpoint = /* @__PURE__ */ oncePerRecord(readCheckpoint)

/** As `readCheckpoint`; a checkpoint takes ten times as long to read as another record. */
export function readCheckpointOnce(record: LogRecord): ReadCheckpoint | undefined {
  return isOfType(record.headers, EVENT_TYPES.checkpoint) ? readKnownCheckpoint(record) : undefined
}

/** The same result as `recordHash`. */
export const recordHashOnce: (record: LogRecord) => string =
  /* @__PURE__ */ oncePerRecord(recordHash)

/** The same result as `decodeApplied`. */
export const decodeAppliedOnce: (record: LogRecord) => ReturnType<typeof decodeApplied> =
  /* @__PURE__ */ oncePerRecord(decodeApplied)
