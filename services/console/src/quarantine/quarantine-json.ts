import type {
  QuarantinedDetail,
  QuarantinedList,
  QuarantinedJson,
  Place,
  RawRecord,
} from '@freshet/insight/answers'
import { errorCodes } from '@freshet/protocol'
import { formatRfc3339, type OutgoingRecord } from '@freshet/wire'
import type { QuarantinedRecord, QuarantinedCount, QuarantinedPlace } from '@freshet/reconciler'

/** Headers whose text is names and places, never a value of a claim or a proof. */
const SHOWN: ReadonlySet<string> = new Set([
  'ce_id',
  'ce_source',
  'ce_type',
  'ce_time',
  'ce_specversion',
  'ce_freshettenant',
  'ce_freshetpartition',
  'ce_freshetnumber',
  'content-type',
  'traceparent',
])
const TEXT_BYTES_MAX = 512
const HEADERS_MAX = 64

/** A parked record as the API gives it: no content. */
export function quarantinedJson(quarantined: QuarantinedRecord): QuarantinedJson {
  const { id, state, rule, topic, partition, tenant, source, change } = quarantined
  const { arrivals, bytes, replays, outcome, decided, first, last } = quarantined
  return {
    id,
    state,
    reason: quarantined.code,
    rule,
    topic,
    partition,
    tenant,
    source,
    change,
    proven: quarantined.code !== 'event.unauthentic',
    first: placeJson(first),
    last: placeJson(last),
    arrivals,
    bytes,
    replays,
    outcome,
    decided: decided && {
      by: decided.by,
      at: formatRfc3339(decided.atMs),
      reason: decided.reason,
    },
  }
}

/** The meaning of a code and the next step, as the page of errors has them. */
export function meaningOf(code: string): Pick<QuarantinedDetail, 'means' | 'remedy'> {
  const known = Object.entries(errorCodes).find(([name]) => name === code)?.[1]
  return known === undefined ? {} : { means: known.what, remedy: known.remedy }
}

function placeJson({ e, offset, atMs }: QuarantinedPlace): Place {
  return { e: String(e), offset: String(offset), at: formatRfc3339(atMs) }
}

/** The number of quarantined records for a reason. */
export function countJson({
  topic,
  reason,
  state,
  records,
  oldestAtMs,
}: QuarantinedCount): QuarantinedList['counts'][number] {
  return { topic, reason, state, records, oldestAt: formatRfc3339(oldestAtMs) }
}

/** Names and sizes of a record, and of its headers the text of those that hold no content. */
export function contentJson({ key, value, headers }: OutgoingRecord): QuarantinedDetail['content'] {
  const all = Object.entries(headers)
  return {
    keyBytes: key?.length ?? null,
    valueBytes: value?.length ?? null,
    headers: all.slice(0, HEADERS_MAX).map(([name, bytes]) => ({
      name,
      bytes: bytes.length,
      text: SHOWN.has(name) ? textOf(bytes) : null,
    })),
    moreHeaders: Math.max(0, all.length - HEADERS_MAX),
  }
}

function textOf(bytes: Uint8Array): string | null {
  if (bytes.length > TEXT_BYTES_MAX) return null
  return Buffer.from(bytes).toString()
}

/** All bytes, base64. */
export function rawJson({
  key,
  value,
  headers,
}: OutgoingRecord): Omit<RawRecord, 'apiVersion' | 'id'> {
  const named = Object.entries(headers).map(([name, bytes]) => [name, base64(bytes)])
  return {
    key: key && base64(key),
    value: value && base64(value),
    headers: Object.fromEntries(named) as Record<string, string>,
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** The begin of the next page: behind the last record of this one. */
export function cursorOf(page: readonly QuarantinedRecord[]): string | null {
  const last = page.at(-1)
  return last ? `${last.first.atMs}.${last.id}` : null
}
