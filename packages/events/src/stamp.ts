import { notBuilt } from './not-built.ts'
import type { SigningKey } from './keys.ts'
import type { OutgoingRecord } from './log.ts'

/** The place of a record in its feed: its partition and its number there. Heartbeats have 0. */
export interface Stamp {
  readonly partition: number
  readonly number: bigint
}

export function stampRecord(
  record: OutgoingRecord,
  stamp: Stamp,
  macKey: Uint8Array,
): OutgoingRecord {
  return notBuilt(record, stamp, macKey)
}

export function signRecord(
  record: OutgoingRecord,
  stamp: Stamp,
  key: SigningKey,
): Promise<OutgoingRecord> {
  return notBuilt(record, stamp, key)
}
