import { frame, sha256, sha256Text } from './framing.ts'
import type { OutgoingRecord } from './log.ts'

type HashedRecord = Pick<OutgoingRecord, 'key' | 'value' | 'headers'>

/**
 * What a checkpoint signs of the records before it (rule 45): the join of their hashes. The hash
 * of no records is defined too.
 */
export function recordsHash(records: readonly HashedRecord[]): string {
  return joinRecordHashes(records.map(recordHash))
}

/**
 * Base64url SHA-256 over the key, the value and all headers of one record, headers in the order
 * of their names, every part behind its length, so that nothing can be shifted between parts.
 */
export function recordHash({ key, value, headers }: HashedRecord): string {
  const named = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))
  return sha256(frame([key, value, ...named.flat()])).toString('base64url')
}

/** {@link recordsHash} from the {@link recordHash} of each record, in the order of the log. */
export function joinRecordHashes(hashes: readonly string[]): string {
  return sha256Text(frame(hashes))
}
