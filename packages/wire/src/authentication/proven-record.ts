import { FreshetError } from '@freshet/protocol'
import type { Authenticity } from './authenticity.ts'
import { contentHash, TENANT_HEADER } from '../changes/change-record.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { bytesOf, headerText } from '../log/record-bytes.ts'
import { SET_TYP, verifySourceJws } from './source-assertion.ts'
import { brokenProof, readStamp, stampOf, type Stamp } from './stamp.ts'
import { TRACEPARENT } from '../log/traceparent.ts'

/** A record whose source is proven; its content is not parsed yet. */
export interface ProvenRecord {
  readonly form: 'binary' | 'structured' | 'set'
  readonly source: string
  readonly type: string
  readonly id: string
  readonly tenant: string
  readonly specversion: string
  readonly contentType: string
  readonly stamp: Stamp
  readonly contentHash: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly traceparent?: string
}

/** Proves a record in binary mode by the gateways' MAC or a detached JWS. @throws `event.unauthentic` */
export function proveByHeaders(record: OutgoingRecord, keys: Authenticity): ProvenRecord {
  const { headers, key, value } = record
  const source = requireHeader(headers, 'ce_source')
  const stamp = readStamp(headers)
  if (!stamp) throw unauthentic('the record has no stamp')
  const rule = brokenProof(record, keys.macKeys, keys.sourceKeys(source))
  if (rule !== undefined) throw unauthentic(rule)
  const proven = {
    form: 'binary',
    source,
    type: requireHeader(headers, 'ce_type'),
    id: requireHeader(headers, 'ce_id'),
    tenant: requireHeader(headers, TENANT_HEADER),
    specversion: headerText(headers, 'ce_specversion') ?? '',
    contentType: headerText(headers, 'content-type') ?? '',
    stamp,
    contentHash: contentHash(record),
    key,
    value,
  } as const
  const traceparent = headerText(headers, TRACEPARENT)
  return traceparent === undefined ? proven : { ...proven, traceparent }
}

function requireHeader(headers: OutgoingRecord['headers'], name: string): string {
  const text = headerText(headers, name)
  if (text === undefined || text === '') throw unauthentic(`the header ${name} is missing`)
  return text
}

function traceOf(headers: OutgoingRecord['headers']): { readonly traceparent?: string } {
  const traceparent = headerText(headers, TRACEPARENT)
  return traceparent === undefined ? {} : { traceparent }
}

/**
 * Proves a record whose value is a compact JWS: a SET, or a CloudEvent in structured mode. Headers prove
 * nothing then, so everything comes from the signed content. A SET has stamp and tenant in the members
 * `partition`, `number` and `tenant` of its `freshet`. A CloudEvent has them in the extension attributes
 * `freshetpartition`, `freshetnumber` and `freshettenant`. @throws `event.unauthentic`
 */
export async function proveByValue(
  record: OutgoingRecord,
  keys: Authenticity,
): Promise<ProvenRecord> {
  const { headers, key, value } = record
  if (value === null) throw unauthentic('the record carries no proof of its source')
  const compact = Buffer.from(value).toString('latin1')
  const { source, payload, claims, typ } = await verifySourceJws(compact, keys)
  const names = typ === SET_TYP ? setNames(claims) : structuredNames(claims)
  return {
    ...names,
    source,
    specversion: '1.0',
    contentType: 'application/json',
    contentHash: hashOfPayload(names, source, payload),
    key,
    value: payload,
    ...traceOf(headers),
  }
}

type Names = Pick<ProvenRecord, 'form' | 'type' | 'id' | 'tenant' | 'stamp'>

function setNames(set: unknown): Names {
  const place = memberOf(set, 'freshet')
  return {
    form: 'set',
    type: EVENT_TYPES.change,
    id: requireText(set, 'jti'),
    tenant: requireText(place, 'tenant'),
    stamp: requireStamp(memberOf(place, 'partition'), memberOf(place, 'number')),
  }
}

function structuredNames(event: unknown): Names {
  return {
    form: 'structured',
    type: requireText(event, 'type'),
    id: requireText(event, 'id'),
    tenant: requireText(event, 'freshettenant'),
    stamp: requireStamp(memberOf(event, 'freshetpartition'), memberOf(event, 'freshetnumber')),
  }
}

function hashOfPayload(names: Names, source: string, payload: Uint8Array): string {
  const { type, id } = names
  const attributes = { ce_type: type, ce_source: source, ce_id: id }
  const headers = Object.entries(attributes).map(([name, text]) => [name, bytesOf(text)] as const)
  return contentHash({ value: payload, headers: Object.fromEntries(headers) })
}

/** Returns the own member of an object, whatever the types of both are. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Reflect.get(value, name)
}

function requireText(value: unknown, name: string): string {
  const member = memberOf(value, name)
  if (typeof member !== 'string' || member === '') throw unauthentic(`the JWS names no ${name}`)
  return member
}

function requireStamp(partition: unknown, number: unknown): Stamp {
  const stamp = stampOf(String(partition), String(number))
  if (!stamp) throw unauthentic('the JWS names no partition and number')
  return stamp
}

function unauthentic(rule: string): FreshetError {
  return new FreshetError('event.unauthentic', rule)
}
