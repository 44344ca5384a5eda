import type { LogRecord, OutgoingRecord } from '../log/log.ts'
import { bytesOf, headerText } from '../log/record-bytes.ts'
import { recordHash } from '../checkpoints/records-hash.ts'

/** Headers of this prefix are ours. No proof binds them, and those of an original record are left out. */
const OURS = 'freshet_'
const ID_HEADER = 'freshet_id'
const printable = /^[\x20-\x7e]+$/
/** 22 characters of base64url are 132 bits: an attacker cannot find two contents with one name. */
const HASH_CHARS = 22
const ID_FORM = /^\d{1,4}-[\w-]{22}$/
/** The form of a source's name in an unproven record that is allowed to be shown. */
const SOURCE_FORM = /^[\w.:@/-]{1,128}$/

/** The reason why a record was quarantined; it never repeats content. */
export interface QuarantinedReason {
  readonly code: string
  readonly rule: string
}

/**
 * Returns a record of the change topic in its quarantined form: the original bytes, with reason and place in
 * headers. Header names that a text cannot hold are left out; no sender of ours writes such names.
 */
export function quarantineRecord(
  original: LogRecord,
  { code, rule }: QuarantinedReason,
): OutgoingRecord {
  const { topic, partition, offset } = original
  const reason = {
    [ID_HEADER]: quarantinedIdOf(original),
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

/** Returns the original record, without the headers that quarantining added. */
export function originalOf({ key, value, headers }: OutgoingRecord): OutgoingRecord {
  const kept = Object.entries(headers).filter(
    ([name]) => printable.test(name) && !name.startsWith(OURS),
  )
  return { key, value, headers: Object.fromEntries(kept) }
}

/**
 * Returns the name of a quarantined record: its partition and a hash of key, value and headers. So the same
 * content has one name however often it arrives, and no other bytes can have that name.
 */
export function quarantinedIdOf(record: OutgoingRecord & Pick<LogRecord, 'partition'>): string {
  return `${record.partition}-${recordHash(originalOf(record)).slice(0, HASH_CHARS)}`
}

/** Returns the name in a record of the quarantine topic. */
export function quarantinedIdIn({ headers }: OutgoingRecord): string | undefined {
  const id = headerText(headers, ID_HEADER)
  return id !== undefined && isQuarantinedId(id) ? id : undefined
}

/** Returns whether a text has the form of such a name. */
export function isQuarantinedId(text: string): boolean {
  return ID_FORM.test(text)
}

/**
 * Returns the source that a record names, proven or not; `undefined` if the record names none that can be
 * shown.
 */
export function claimedSourceOf({ headers }: OutgoingRecord): string | undefined {
  const source = headerText(headers, 'ce_source')
  return source !== undefined && SOURCE_FORM.test(source) ? source : undefined
}
