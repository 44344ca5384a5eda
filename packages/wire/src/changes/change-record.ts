import { subjectKey, type Change, type SourceHeartbeat } from '@freshet/protocol'
import { dataOf } from './change-data.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import { framedHash } from '../keys/framing.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { bytesOf, cloudEventHeaders } from '../log/record-bytes.ts'
import { formatRfc3339 } from '../json/rfc3339.ts'

/** Header that names the tenant, so that it is known even if the value cannot be read. */
export const TENANT_HEADER = 'ce_freshettenant'

/**
 * Encodes a change as a record of the change topic, in the binary mode of CloudEvents. Equal changes give
 * equal bytes. `changePartitions` returns its partitions. The record counts only with a stamp.
 */
export function encodeChange(
  change: Change,
  o: { readonly traceparent?: string } = {},
): OutgoingRecord {
  const { id, source, tenant } = change
  const time = formatRfc3339(change.occurredAtMs)
  const attributes = { ...o, id, source, type: EVENT_TYPES.change, time }
  return {
    key: bytesOf(changeKey(change)),
    value: bytesOf(JSON.stringify(dataOf(change))),
    headers: { ...cloudEventHeaders(attributes), [TENANT_HEADER]: bytesOf(tenant) },
  }
}

function changeKey(change: Change): string {
  const isNarrow = 'subject' in change
  return isNarrow ? subjectKey(change.subject) : JSON.stringify([change.tenant])
}

/** Encodes a source's heartbeat as a record; the gateway writes one to every partition (rule 12). */
export function encodeHeartbeat(heartbeat: SourceHeartbeat): OutgoingRecord {
  const { tenant, source, throughMs, last } = heartbeat
  const through = formatRfc3339(throughMs)
  const id = `heartbeat:${tenant}:${through}:${last}`
  const attributes = { id, source, type: EVENT_TYPES.heartbeat, time: through }
  return {
    key: bytesOf(JSON.stringify([tenant])),
    value: bytesOf(JSON.stringify({ tenant, through, last: last.toString() })),
    headers: { ...cloudEventHeaders(attributes), [TENANT_HEADER]: bytesOf(tenant) },
  }
}

/**
 * Defines "the same content" for two events of one id: base64url SHA-256 over type, source, id and value.
 * Stamps, trace context and time of sending do not count.
 */
export function contentHash(record: Pick<OutgoingRecord, 'value' | 'headers'>): string {
  const { headers, value } = record
  const { ce_type: type, ce_source: source, ce_id: id } = headers
  return framedHash([type ?? null, source ?? null, id ?? null, value])
}
