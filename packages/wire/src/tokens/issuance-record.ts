import { invariant, subjectKey, type Label, type Omission, type Subject } from '@freshet/protocol'
import { EVENT_TYPES } from '../log/event-types.ts'
import { issuanceSchema, type WireIssuance } from './issuance-schema.ts'
import type { LogRecord, OutgoingRecord } from '../log/log.ts'
import { bytesOf, cloudEventHeaders, headerText, parseOwnJson } from '../log/record-bytes.ts'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { omittedFrom, omittedNames } from './token-claims.ts'

const ISSUER_LENGTH_MAX = 512

/** The record of an issued token: its claims, the policy version, and the sources that it depends on. */
export interface Issuance {
  readonly issuer: string
  readonly jti: string
  readonly subject: Subject
  readonly client: string
  readonly audience: string
  readonly kid: string
  /** Policy version in force at the issue of the token. */
  readonly pv: number
  readonly registryHash: string
  /** Absent if the issuer cannot write labels: such a token is judged by time. */
  readonly label?: Label
  /** `iat` and `exp` of the token, in whole seconds. */
  readonly iatMs: number
  readonly expMs: number
  /** Names of the claims that are present; never their values. */
  readonly claims: readonly string[]
  /** Base64url SHA-256 over the claims with their values, as the issuer computes it. */
  readonly claimsDigest: string
  /** Claims that the token names as left out; absent: none. */
  readonly omitted?: ReadonlyMap<string, Omission>
  /** `through` of each source that the token depends on, at the issue. */
  readonly throughMs: ReadonlyMap<string, number>
}

/**
 * Encodes an issuance as a record of `freshet.issuances.v1`, in the binary mode of CloudEvents, keyed by the
 * subject. The record goes to the subject's partition, and `ce_source` is the issuer. Equal issuances give
 * equal bytes, so a repeat is the same record. The source of the issuer signs it with `signRecord`. The
 * product's own authority keeps its issuances in the database and writes none of these.
 */
export function encodeIssuance(issuance: Issuance): OutgoingRecord {
  const { issuer, jti, subject, iatMs } = issuance
  const time = formatRfc3339(secondsOf(iatMs) * 1000)
  const attributes = { id: jti, source: issuer, type: EVENT_TYPES.issuance, time }
  return {
    key: bytesOf(subjectKey(subject)),
    value: bytesOf(JSON.stringify(wireOf(issuance))),
    headers: cloudEventHeaders(attributes),
  }
}

function wireOf(issuance: Issuance): WireIssuance {
  const { jti, subject, client, audience, kid, pv, registryHash, label } = issuance
  const { tenant, iss, sub } = subject
  const { over, unverified } = omittedNames(issuance.omitted)
  return {
    jti,
    tenant,
    subject: { format: 'iss_sub', iss, sub },
    client,
    audience,
    kid,
    pv,
    registry: registryHash,
    ...(label && { label: { e: `${label.e}`, s: `${label.s}`, c: `${label.c}` } }),
    iat: secondsOf(issuance.iatMs),
    exp: secondsOf(issuance.expMs),
    claims: [...issuance.claims].sort(),
    claimsDigest: issuance.claimsDigest,
    ...(over.length > 0 && { over: [...over].sort() }),
    ...(unverified.length > 0 && { omitted: [...unverified].sort() }),
    through: wireThrough(issuance.throughMs),
  }
}

function secondsOf(timeMs: number): number {
  return Math.floor(timeMs / 1000)
}

function wireThrough(throughMs: Issuance['throughMs']): Record<string, string> {
  const entries = [...throughMs].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([source, timeMs]) => [source, formatRfc3339(timeMs)]))
}

/**
 * Reads an issuance. Returns `undefined` if it is none, or has a critical member that this build does not
 * know. Records are evidence: a token is judged by its own content, not by them.
 */
export function decodeIssuance(record: Pick<LogRecord, 'headers' | 'value'>): Issuance | undefined {
  if (headerText(record.headers, 'ce_type') !== EVENT_TYPES.issuance) return undefined
  const issuer = headerText(record.headers, 'ce_source') ?? ''
  if (issuer === '' || issuer.length > ISSUER_LENGTH_MAX) return undefined
  const { data } = issuanceSchema.safeParse(parseOwnJson(record.value))
  return data && issuanceOf(data, issuer)
}

function issuanceOf(wire: WireIssuance, issuer: string): Issuance {
  const { jti, tenant, client, audience, kid, pv, registry, label, claims, claimsDigest } = wire
  const { iss, sub } = wire.subject
  return {
    issuer,
    jti,
    subject: { tenant, iss, sub },
    client,
    audience,
    kid,
    pv,
    registryHash: registry,
    ...(label && { label: { e: BigInt(label.e), s: BigInt(label.s), c: BigInt(label.c) } }),
    iatMs: wire.iat * 1000,
    expMs: wire.exp * 1000,
    claims,
    claimsDigest,
    ...omittedFrom(wire.over, wire.omitted),
    throughMs: new Map(Object.entries(wire.through).map(([id, at]) => [id, timeOf(at)])),
  }
}

function timeOf(text: string): number {
  const timeMs = parseRfc3339(text)
  invariant(timeMs !== undefined, 'the schema let a time through that is none')
  return timeMs
}
