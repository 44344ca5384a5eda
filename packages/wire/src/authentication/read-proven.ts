import {
  belongsIn,
  CONTROL_PARTITION,
  EVERY_TENANT,
  invariant,
  partitionOf,
  type Change,
  type SourceHeartbeat,
  type Subject,
} from '@freshet/protocol'
import type { Incoming, UnreadableRecord } from './incoming.ts'
import { parseChangeData } from '../changes/change-data.ts'
import { parseChangeEvent } from '../changes/change-event.ts'
import { sourceHeartbeatSchema } from '../changes/change-schema.ts'
import { parseSetChange } from '../changes/change-set.ts'
import { EventError } from '../changes/event-error.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import { heartbeatsOf } from '../changes/heartbeats.ts'
import { HEARTBEATS_BYTES_MAX } from '../changes/heartbeats-schema.ts'
import { memberOf, type ProvenRecord } from './proven-record.ts'
import { readPlainClaimChange } from '../changes/plain-claim-change.ts'
import { parseRecordJson } from '../json/plain-json.ts'
import { parseRfc3339 } from '../json/rfc3339.ts'
import { JSON_BYTES_MAX } from '../json/strict-json.ts'
import { parseTraceparent } from '../log/traceparent.ts'
import { checkShape, refuseAt } from '../json/wire-problems.ts'

/** Parses a record whose source is proven; a record that it cannot parse is `unreadable`. */
export function readProven(record: ProvenRecord): Incoming {
  try {
    return understand(record)
  } catch (error) {
    if (error instanceof EventError) return unreadable(record, error.message)
    throw error
  }
}

function understand(record: ProvenRecord): Incoming {
  if (record.specversion !== '1.0') refuseAt('/specversion', 'must be 1.0')
  if (!/^application\/json(?:;.*)?$/i.test(record.contentType)) {
    refuseAt('/datacontenttype', 'must be application/json')
  }
  const plain = plainChangeIn(record)
  if (plain !== undefined) return changeIncoming(record, plain)
  const json = parseRecordJson(record.value ?? new Uint8Array(), bytesMaxOf(record))
  switch (record.type) {
    case EVENT_TYPES.change:
      return changeIncoming(record, changeIn(record, json))
    case EVENT_TYPES.heartbeat:
      return { kind: 'heartbeat', heartbeat: heartbeatOf(record, json) }
    case EVENT_TYPES.heartbeats:
      return { kind: 'heartbeats', heartbeats: manyHeartbeats(record, json) }
    default:
      return refuseAt('/type', 'is not a type of the change topic')
  }
}

function bytesMaxOf({ type }: ProvenRecord): number {
  return type === EVENT_TYPES.heartbeats ? HEARTBEATS_BYTES_MAX : JSON_BYTES_MAX
}

function plainChangeIn({ form, type, value, id, source }: ProvenRecord): Change | undefined {
  if (form !== 'binary' || type !== EVENT_TYPES.change || value === null) return undefined
  return readPlainClaimChange(value, { id, source })
}

function changeIncoming(record: ProvenRecord, change: Change): Incoming {
  const { stamp, contentHash, traceparent } = record
  checkPlace(record, change)
  if (traceparent === undefined || parseTraceparent(traceparent) === undefined)
    return { kind: 'change', change, stamp, contentHash }
  return { kind: 'change', change, stamp, contentHash, traceparent }
}

function changeIn(record: ProvenRecord, json: unknown): Change {
  const { form, id, source } = record
  switch (form) {
    case 'binary':
      return parseChangeData(json, { id, source })
    case 'structured':
      return parseChangeEvent(json).change
    case 'set':
      return parseSetChange(json).change
  }
}

/** A change in the wrong partition would get a position that means nothing there. */
function checkPlace({ tenant, stamp }: ProvenRecord, change: Change): void {
  if (change.tenant !== tenant) refuseAt('/data/tenant', 'must be the tenant of the attributes')
  if (!belongsIn(stamp.partition, change)) {
    refuseAt('/data', 'does not belong in this partition')
  }
  if (stamp.number < 1n) refuseAt('/freshetnumber', 'must be at least 1 for a change')
}

/** Reads a heartbeat of several tenants: the attributes name every one. */
function manyHeartbeats(record: ProvenRecord, json: unknown): readonly SourceHeartbeat[] {
  if (record.tenant !== EVERY_TENANT) refuseAt('/tenant', `must be ${EVERY_TENANT}`)
  return heartbeatsOf(record.source, dataIn(record, json))
}

function dataIn({ form }: ProvenRecord, json: unknown): unknown {
  return form === 'binary' ? json : memberOf(json, 'data')
}

function heartbeatOf(record: ProvenRecord, json: unknown): SourceHeartbeat {
  const { tenant, through, last } = checkShape(sourceHeartbeatSchema, dataIn(record, json))
  if (tenant !== record.tenant) refuseAt('/data/tenant', 'must be the tenant of the attributes')
  const throughMs = parseRfc3339(through)
  invariant(throughMs !== undefined, 'the schema let a time through that is none')
  return { kind: 'heartbeat', tenant, source: record.source, throughMs, last: BigInt(last) }
}

function unreadable(record: ProvenRecord, rule: string): UnreadableRecord {
  const { tenant, source, id, stamp, contentHash } = record
  const json = jsonOrNothing(record.value)
  const data = record.form === 'structured' ? memberOf(json, 'data') : json
  const subject = subjectOf(data, record) ?? subjectOfKey(record)
  const claim = memberOf(data, 'claim')
  return {
    kind: 'unreadable',
    tenant,
    source,
    id,
    ...(subject === undefined ? {} : { subject }),
    ...(isName(claim) ? { claim } : {}),
    stamp,
    contentHash,
    rule,
  }
}

function isName(claim: unknown): claim is string {
  return typeof claim === 'string' && claim !== '' && claim.length <= 128
}

function jsonOrNothing(value: Uint8Array | null): unknown {
  try {
    return parseRecordJson(value ?? new Uint8Array())
  } catch {
    return undefined
  }
}

function subjectOf(data: unknown, record: ProvenRecord): Subject | undefined {
  const identifier = memberOf(data, record.form === 'set' ? 'sub_id' : 'subject')
  return placedSubject(
    [record.tenant, memberOf(identifier, 'iss'), memberOf(identifier, 'sub')],
    record,
  )
}

function subjectOfKey(record: ProvenRecord): Subject | undefined {
  const key = record.form === 'binary' ? jsonOrNothing(record.key) : undefined
  return Array.isArray(key) && key.length === 3 ? placedSubject(key, record) : undefined
}

/**
 * Returns the subject only if its watermarks can be here: in its own partition, or in the control partition.
 */
function placedSubject(
  [tenant, iss, sub]: readonly unknown[],
  record: ProvenRecord,
): Subject | undefined {
  if (tenant !== record.tenant || typeof iss !== 'string' || typeof sub !== 'string') {
    return undefined
  }
  const subject = { tenant: record.tenant, iss, sub }
  const { partition } = record.stamp
  const stands = partition === CONTROL_PARTITION || partition === partitionOf(subject)
  return stands ? subject : undefined
}
