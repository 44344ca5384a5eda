import {
  AUDIT_TOPIC,
  readAuditHead,
  type AuditHead,
  type LogReader,
  type VerifyKey,
} from '@freshet/events'

const READ_MAX = 1_000

/** What stands on the topic, beside the heads. */
export interface IgnoredRecords {
  /** Records that are no heads, or are signed wrongly. */
  unauthentic: number
  /** Heads of keys that were not given, by key. */
  readonly unknownKeys: Set<string>
}

/** How many names of unknown keys are kept: whoever can write to the topic may invent them. */
const UNKNOWN_KEYS_MAX = 10

/**
 * The signed heads that the topic holds, oldest first, up to its end as it is found. What nobody with a
 * given key has signed is counted in `ignored`, and passed over.
 *
 * @throws `broker.*`
 */
export async function* signedHeads(
  reader: Pick<LogReader, 'bounds' | 'read'>,
  keys: readonly VerifyKey[],
  ignored: IgnoredRecords,
): AsyncGenerator<AuditHead> {
  for (const { partition, earliest, end } of await reader.bounds(AUDIT_TOPIC)) {
    let next = earliest
    while (next < end) {
      const records = await reader.read(AUDIT_TOPIC, partition, next, READ_MAX)
      for (const record of records) {
        next = record.offset + 1n
        const read = readAuditHead(record, keys)
        if (read.kind === 'head') yield read.head
        else if (read.kind === 'unauthentic') ignored.unauthentic++
        else if (ignored.unknownKeys.size < UNKNOWN_KEYS_MAX) ignored.unknownKeys.add(read.kid)
      }
      if (records.length === 0) return
    }
  }
}
