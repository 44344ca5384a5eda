import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import { DETACHED, readSenderJws, requireSigned } from './authentic-jws.ts'
import { briefFrame, sha256 } from '../keys/framing.ts'
import { signedOver, signJws } from '../keys/jws.ts'
import type { SigningKey, VerifyKey } from '../keys/keys.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { bytesOf, headerText } from '../log/record-bytes.ts'

/** The place of a record in its feed: its partition and its number there. Heartbeats have 0. */
export interface Stamp {
  readonly partition: number
  readonly number: bigint
}

const partitionHeader = 'ce_freshetpartition'
const numberHeader = 'ce_freshetnumber'
const macHeader = 'ce_freshetmac'
/** Header of a detached JWS that proves a record. */
export const JWS_HEADER = 'ce_freshetjws'
/** Characters of 32 bytes in base64url, of which only one spelling is right. */
const MAC_LENGTH = 43
const WHAT = 'the JWS of the record'
const jwsTyp = 'freshet-record+jws'
const stampedAs = 'dev.freshet.stamp.v1 of freshet.changes.v1'

/**
 * Stamps a record with the gateways' key (HMAC-SHA-256). The stamp binds partition, number, key, value,
 * content type and every `ce_` header, which include tenant, source, type and id. So a record can neither be
 * changed nor moved. The trace context is not bound, because hops rewrite it.
 */
export function stampRecord(
  record: OutgoingRecord,
  stamp: Stamp,
  macKey: Uint8Array,
): OutgoingRecord {
  const placed = withStamp(record, stamp)
  return withHeader(placed, macHeader, macOf(placed, macKey))
}

/** Signs a record with a source's own key: a detached JWS over the same bytes. */
export async function signRecord(
  record: OutgoingRecord,
  stamp: Stamp,
  key: SigningKey,
): Promise<OutgoingRecord> {
  const placed = withStamp(record, stamp)
  const jws = signJws(stampedBytes(placed), key, { typ: jwsTyp, detached: true })
  return withHeader(placed, JWS_HEADER, jws)
}

function withStamp(record: OutgoingRecord, { partition, number }: Stamp): OutgoingRecord {
  const { [macHeader]: _mac, [JWS_HEADER]: _jws, ...headers } = record.headers
  const stamp = {
    [partitionHeader]: bytesOf(String(partition)),
    [numberHeader]: bytesOf(number.toString()),
  }
  return { ...record, headers: { ...headers, ...stamp } }
}

function withHeader(record: OutgoingRecord, name: string, text: string): OutgoingRecord {
  return { ...record, headers: { ...record.headers, [name]: bytesOf(text) } }
}

/** Returns the MAC as the header has it: base64url. */
function macOf(record: OutgoingRecord, macKey: Uint8Array): string {
  return createHmac('sha256', prepared(macKey)).update(stampedBytes(record)).digest('base64url')
}

/**
 * Keys in the form that Node makes of bytes. Node 24 takes five times as long for that as for the MAC of a
 * record.
 */
const preparedKeys = new WeakMap<Uint8Array, KeyObject>()

function prepared(macKey: Uint8Array): KeyObject {
  const known = preparedKeys.get(macKey)
  if (known !== undefined) return known
  const key = createSecretKey(macKey)
  preparedKeys.set(macKey, key)
  return key
}

/** Returns the stamped bytes, in memory that the next call overwrites. */
function stampedBytes({ key, value, headers }: OutgoingRecord): Buffer {
  const parts = [stampedAs, key, value === null ? null : sha256(value)]
  for (const name of boundNames(Object.keys(headers))) parts.push(name, headers[name] ?? null)
  return briefFrame(parts)
}

/** Most records have the same headers as the record before. */
let latest: { readonly names: readonly string[]; readonly bound: readonly string[] } = {
  names: [],
  bound: [],
}

/** Returns the names that a stamp binds, in their order. */
function boundNames(names: readonly string[]): readonly string[] {
  const isSame =
    names.length === latest.names.length && names.every((name, at) => name === latest.names[at])
  if (!isSame) latest = { names, bound: names.filter(isBound).sort() }
  return latest.bound
}

function isBound(name: string): boolean {
  if (name === macHeader || name === JWS_HEADER) return false
  return name.startsWith('ce_') || name === 'content-type'
}

/** Returns the stamp that a record claims to have. */
export function readStamp(headers: OutgoingRecord['headers']): Stamp | undefined {
  const partition = headerText(headers, partitionHeader)
  const number = headerText(headers, numberHeader)
  return partition === undefined || number === undefined ? undefined : stampOf(partition, number)
}

/** Returns a stamp from its two decimal texts; `undefined` if one is no decimal. */
export function stampOf(partition: string, number: string): Stamp | undefined {
  if (!/^(?:0|[1-9]\d{0,3})$/.test(partition) || !/^(?:0|[1-9]\d{0,17})$/.test(number)) {
    return undefined
  }
  return { partition: Number(partition), number: BigInt(number) }
}

/** Returns whether a record names a proof in its headers rather than in its value. */
export function hasStampProof(headers: OutgoingRecord['headers']): boolean {
  return Object.hasOwn(headers, macHeader) || Object.hasOwn(headers, JWS_HEADER)
}

/**
 * Returns the rule that a record's proof breaks. Returns `undefined` if one of the MAC keys proves it, or for
 * a detached JWS one of the source's keys. The MAC decides if both are present.
 */
export function brokenProof(
  record: OutgoingRecord,
  macKeys: readonly Uint8Array[],
  sourceKeys: readonly VerifyKey[],
): string | undefined {
  if (Object.hasOwn(record.headers, macHeader)) {
    return hasValidMac(record, macKeys) ? undefined : 'the MAC does not fit the record'
  }
  return hasValidJws(record, sourceKeys)
}

function hasValidMac(record: OutgoingRecord, macKeys: readonly Uint8Array[]): boolean {
  const mac = record.headers[macHeader]
  if (mac?.length !== MAC_LENGTH) return false
  return macKeys.some((macKey) => timingSafeEqual(mac, Buffer.from(macOf(record, macKey))))
}

function hasValidJws(record: OutgoingRecord, sourceKeys: readonly VerifyKey[]): string | undefined {
  const text = headerText(record.headers, JWS_HEADER)
  if (text === undefined) return 'the record carries no proof of its source'
  const jws = readSenderJws(text, { ...DETACHED, types: [jwsTyp] }, WHAT)
  requireSigned(signedOver(jws, stampedBytes(record)), sourceKeys, WHAT)
  return undefined
}
