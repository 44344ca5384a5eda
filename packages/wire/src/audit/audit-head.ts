import { hash } from 'node:crypto'
import { FreshetError } from '@freshet/protocol'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { decodeBase64url } from '../keys/base64url.ts'
import { frame, sha256Text } from '../keys/framing.ts'
import { isSignedBy, signBytes } from '../keys/jws.ts'
import type { SigningKey, VerifyKey } from '../keys/keys.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import type { OutgoingRecord } from '../log/log.ts'
import {
  bytesOf,
  cloudEventHeaders,
  headerText,
  isOfType,
  parseOwnJson,
} from '../log/record-bytes.ts'
import { auditHeadSchema, type WireAuditHead } from './audit-head-schema.ts'
import type { AuditStream } from './audit-kinds.ts'

const signedAs = 'dev.freshet.audit-head.v1 of freshet.audit.v1'
const kidHeader = 'ce_freshetkid'
const signatureHeader = 'ce_freshetsig'

/**
 * The point of a chain at a time. It is signed and stored outside of the database, so a later chain must
 * agree with it.
 */
export interface AuditHead extends ChainPoint {
  readonly stream: AuditStream
  readonly atMs: number
}

/**
 * Writes and signs a head with an Ed25519 key, for `freshet.audit.v1`.
 *
 * @throws `config.invalid` if the key is of another algorithm
 */
export function encodeAuditHead(head: AuditHead, key: SigningKey): OutgoingRecord {
  if (key.alg !== 'EdDSA') {
    throw new FreshetError('config.invalid', `audit key ${key.kid} is not an Ed25519 key`)
  }
  const { stream, n, atMs } = head
  const wire: WireAuditHead = { stream, n: n.toString(), hash: head.hash, at: formatRfc3339(atMs) }
  const value = bytesOf(JSON.stringify(wire))
  const attributes = { id: sha256Text(value), source: 'freshet', type: EVENT_TYPES.auditHead }
  const headers = {
    ...cloudEventHeaders(attributes),
    [kidHeader]: bytesOf(key.kid),
    [signatureHeader]: bytesOf(signBytes(key, frame([signedAs, value])).toString('base64url')),
  }
  return { key: bytesOf(stream), value, headers }
}

/** A record read as a head. */
export type ReadAuditHead =
  | { readonly kind: 'head'; readonly head: AuditHead; readonly kid: string }
  /** The head names a key that the caller did not give: an older key, or a key of no known owner. */
  | { readonly kind: 'unknown-key'; readonly kid: string }
  /**
   * The record is no head, or its signature is wrong: any process that can write to the topic can have
   * written it.
   */
  | { readonly kind: 'unauthentic' }

/** Reads a record of the topic and checks its signature with the key that it names. */
export function readAuditHead(
  { value, headers }: Pick<OutgoingRecord, 'value' | 'headers'>,
  keys: readonly VerifyKey[],
): ReadAuditHead {
  const kid = headerText(headers, kidHeader)
  const signature = decodeBase64url(headerText(headers, signatureHeader) ?? '')
  const head = isOfType(headers, EVENT_TYPES.auditHead) ? headOf(value) : undefined
  if (value === null || !head || kid === undefined || !signature) return { kind: 'unauthentic' }
  const key = keys.find((each) => each.kid === kid && each.alg === 'EdDSA')
  if (!key) return { kind: 'unknown-key', kid }
  if (!isSignedBy(key, frame([signedAs, value]), signature)) return { kind: 'unauthentic' }
  return { kind: 'head', head, kid }
}

function headOf(value: Uint8Array | null): AuditHead | undefined {
  const { data } = auditHeadSchema.safeParse(parseOwnJson(value))
  const atMs = data && parseRfc3339(data.at)
  if (data === undefined || atMs === undefined) return undefined
  return { stream: data.stream, n: BigInt(data.n), hash: data.hash, atMs }
}

/** A point of a chain: the number of its entries, and the hash over all of them. */
export interface ChainPoint {
  readonly n: bigint
  /** SHA-256, base64url. */
  readonly hash: string
}

const LEAF = Buffer.from([0])

/** The point before the first entry. No two chains begin alike, so no chain can replace another. */
export function chainStart(stream: AuditStream): ChainPoint {
  return { n: 0n, hash: hash('sha256', `freshet.audit.v1 ${stream}`, 'base64url') }
}

/** The chain with one more entry: SHA-256(0x00 ‖ hash before ‖ stored bytes). */
export function chainAfter({ n, hash: before }: ChainPoint, entry: string): ChainPoint {
  const linked = Buffer.concat([LEAF, Buffer.from(before, 'base64url'), Buffer.from(entry)])
  return { n: n + 1n, hash: hash('sha256', linked, 'base64url') }
}
