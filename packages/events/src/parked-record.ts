import type { LogRecord, OutgoingRecord } from './log.ts'
import { bytesOf, headerText } from './record-bytes.ts'
import { recordHash } from './records-hash.ts'

/** Headers of this prefix are ours: no proof binds them, and an original's are left out. */
const OURS = 'freshet_'
const ID_HEADER = 'freshet_id'
const printable = /^[\x20-\x7e]+$/
/** 22 characters of base64url are 132 bits: nobody finds two contents with one name. */
const HASH_CHARS = 22
const ID_FORM = /^\d{1,4}-[\w-]{22}$/
/** What an unproven record may say of its source, as far as it is shown. */
const SOURCE_FORM = /^[\w.:@/-]{1,128}$/

/** Why a record was parked; never repeats content. */
export interface ParkedReason {
  readonly code: string
  readonly rule: string
}

/**
 * A record of the change topic as it is parked: the original bytes, with reason and place beside them
 * in headers. Header names that no text can hold are left out; no sender of ours makes such.
 */
export function parkRecord(original: LogRecord, { code, rule }: ParkedReason): OutgoingRecord {
  const { topic, partition, offset } = original
  const reason = {
    [ID_HEADER]: parkedIdOf(original),
    freshet_code: code,
    freshet_rule: rule,
    freshet_topic: topic,
    freshet_partition: String(partition),
    freshet_offset: String(offset),
  }
  const ours = Object.entries(reason).map(([name, text]) => [name, bytesOf(text)])
  const kept = originalOf(original)
  return { ...kept, headers: { ...kept.headers, ...Object.fromEntries(ours) } }
}

/** The record as it was found, without what parking added to it. */
export function originalOf({ key, value, headers }: OutgoingRecord): OutgoingRecord {
  const kept = Object.entries(headers).filter(
    ([name]) => printable.test(name) && !name.startsWith(OURS),
  )
  return { key, value, headers: Object.fromEntries(kept) }
}

/**
 * The name of a parked record: its partition and a hash of key, value and headers. So the same
 * content has one name however often it arrives, and nobody can put other bytes under it.
 */
export function parkedIdOf(record: OutgoingRecord & Pick<LogRecord, 'partition'>): string {
  return `${record.partition}-${recordHash(originalOf(record)).slice(0, HASH_CHARS)}`
}

/** The name that a record of the quarantine topic bears. */
export function parkedIdIn({ headers }: OutgoingRecord): string | undefined {
  const id = headerText(headers, ID_HEADER)
  return id !== undefined && isParkedId(id) ? id : undefined
}

/** Whether a text has the form of such a name. */
export function isParkedId(text: string): boolean {
  return ID_FORM.test(text)
}

/** The source that a record says it is of, proven or not; `undefined` where it says nothing fit to be shown. */
export function claimedSourceOf({ headers }: OutgoingRecord): string | undefined {
  const source = headerText(headers, 'ce_source')
  return source !== undefined && SOURCE_FORM.test(source) ? source : undefined
}
