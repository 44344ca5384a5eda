import {
  AUDIT_TOPIC,
  readAuditHead,
  type AuditHead,
  type LogReader,
  type LogRecord,
  type VerifyKey,
} from '@freshet/wire'

const READ_MAX = 1_000

/** The other records of the topic. */
export interface IgnoredRecords {
  /** Records that are no heads, or are signed wrongly. */
  unauthentic: number
  /** Heads of keys that were not given, by key. */
  readonly unknownKeys: Set<string>
}

/** The number of kept names of unknown keys: a writer of the topic can invent any number. */
const UNKNOWN_KEYS_MAX = 10

/**
 * The signed heads that the topic holds, oldest first, up to its end as it is found. A record without a
 * signature of a given key is counted in `ignored` and skipped.
 *
 * @throws `broker.*`
 */
export async function* signedHeads(
  reader: Pick<LogReader, 'bounds' | 'read'>,
  keys: readonly VerifyKey[],
  ignored: IgnoredRecords,
): AsyncGenerator<AuditHead> {
  for await (const record of recordsOf(reader)) {
    const read = readAuditHead(record, keys)
    if (read.kind === 'head') yield read.head
    else if (read.kind === 'unauthentic') ignored.unauthentic++
    else if (ignored.unknownKeys.size < UNKNOWN_KEYS_MAX) ignored.unknownKeys.add(read.kid)
  }
}

async function* recordsOf(reader: Pick<LogReader, 'bounds' | 'read'>): AsyncGenerator<LogRecord> {
  const [bounds] = await reader.bounds(AUDIT_TOPIC)
  const { partition, earliest, end } = bounds ?? { partition: 0, earliest: 0n, end: 0n }
  let next = earliest
  while (next < end) {
    const records = await reader.read(AUDIT_TOPIC, partition, next, READ_MAX)
    yield* records
    const last = records.at(-1)
    if (last === undefined) return
    next = last.offset + 1n
  }
}
