import {
  CONTROL_PARTITION,
  subjectKey,
  type CutOffRevocation,
  type MapAnnouncement,
  type Revocation,
  type RevocationOrigin,
  type RevokedClaim,
  type Subject,
} from '@freshet/protocol'
import * as z from 'zod'
import { decodeClaimMap } from '../claim-maps/claim-map-record.ts'
import { denialEndOf, wireDenialEnd } from './denial-end.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import type { LogRecord, OutgoingRecord } from '../log/log.ts'
import { bytesOf, cloudEventHeaders, headerText, parseOwnJson } from '../log/record-bytes.ts'
import { standardEvent } from './revocation-event.ts'
import {
  revocationSchema,
  widestSchema,
  type WireRevocation,
  type WireRevoked,
} from './revocation-schema.ts'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { SECURITY_EVENTS } from '../changes/security-events.ts'
import { issSub, scalar } from '../json/wire-types.ts'

/**
 * Encodes a revocation as a record: the claims of a SET with one CAEP or RISC event, and the watermark in the
 * member `freshet`. `issuer` is the issuer of the tokens. Equal revocations of one publication give equal
 * bytes. It applies only under a checkpoint (rule 45).
 */
export function encodeRevocation(
  revocation: Revocation,
  o: { readonly issuer: string; readonly traceparent?: string },
): OutgoingRecord {
  const { id, issuedAtMs, traceparent } = { ...revocation, ...o }
  const attributes = {
    id,
    source: o.issuer,
    type: EVENT_TYPES.revocation,
    time: formatRfc3339(issuedAtMs),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
  return {
    key: bytesOf(keyOf(revocation)),
    value: bytesOf(JSON.stringify(wireOf(revocation, o.issuer))),
    headers: cloudEventHeaders(attributes),
  }
}

function keyOf(revocation: Revocation): string {
  const isNarrow = revocation.scope === 'subject' || revocation.scope === 'account'
  return isNarrow ? subjectKey(revocation.subject) : JSON.stringify([revocation.tenant])
}

function wireOf(revocation: Revocation, issuer: string): WireRevocation {
  const { subject, uri, members } = standardEvent(revocation, issuer)
  return {
    iss: issuer,
    jti: revocation.id,
    iat: Math.floor(revocation.issuedAtMs / 1000),
    txn: revocation.change,
    sub_id: subject,
    events: {
      [uri]: { event_timestamp: Math.floor(revocation.occurredAtMs / 1000), ...members },
    },
    freshet: revokedOf(revocation),
  }
}

function revokedOf(revocation: Revocation): WireRevoked {
  const { e, tenant, partition, change, occurredAtMs, issuedAtMs } = revocation
  return {
    e: e.toString(),
    tenant,
    partition,
    change,
    occurredAt: formatRfc3339(occurredAtMs),
    issuedAt: formatRfc3339(issuedAtMs),
    ...watermarkOf(revocation),
  } as WireRevoked
}

function watermarkOf(revocation: Revocation): object {
  switch (revocation.scope) {
    case 'subject':
      return {
        scope: revocation.scope,
        claims: offsetsOf(revocation.claims),
        ...wireTimes(revocation.timesMs),
      }
    case 'account':
      return { scope: revocation.scope, op: revocation.op, ...wireTimed(revocation) }
    case 'value': {
      const { scope, claim, value } = revocation
      return { scope, claim, value, ...wireTimed(revocation) }
    }
    case 'tenant':
    case 'client': {
      const { scope, target } = revocation
      return { scope, target, ...wireTimed(revocation) }
    }
    case 'denial': {
      const { scope, denial, target } = revocation
      return { scope, denial, target, ...wireDenialEnd(revocation) }
    }
  }
}

function wireTimed({ offset, timeMs }: { offset: bigint; timeMs?: number }): object {
  const time = timeMs === undefined ? {} : { time: formatRfc3339(timeMs) }
  return { offset: offset.toString(), ...time }
}

function wireTimes(timesMs: ReadonlyMap<string, number> | undefined): object {
  if (timesMs === undefined) return {}
  const times = [...timesMs].map(([claim, timeMs]) => [claim, formatRfc3339(timeMs)] as const)
  return { times: Object.fromEntries(times) }
}

function offsetsOf(claims: ReadonlyMap<string, RevokedClaim>): Record<string, string> {
  return Object.fromEntries([...claims].map(([claim, { offset }]) => [claim, offset.toString()]))
}

/**
 * Reads a revocation or a claim map. In the control partition a record can have a scope or a `critical` name
 * that this build does not know. It is then read as the cut-off of its whole tenant at that position, the
 * widest meaning that it can have there.
 *
 * Returns `undefined` if it is readable as neither. An edge that applies a checkpointed batch with such a
 * record, other than a checkpoint, knows less than the batch contains. It must no longer call that partition
 * fresh.
 */
export function decodeRevocation(
  record: Pick<LogRecord, 'headers' | 'value' | 'partition'>,
): Revocation | MapAnnouncement | undefined {
  switch (headerText(record.headers, 'ce_type')) {
    case EVENT_TYPES.claimMap:
      return decodeClaimMap(record.value)
    case EVENT_TYPES.revocation:
      return revocationIn(parseOwnJson(record.value), record.partition)
    default:
      return undefined
  }
}

function revocationIn(json: unknown, partition: number): Revocation | undefined {
  const { data } = revocationSchema.safeParse(json)
  const revocation = data ? revocationOf(data) : undefined
  const read = revocation ?? widestReading(json)
  return read?.partition === partition ? read : undefined
}

function revocationOf(wire: WireRevocation): Revocation | undefined {
  const { freshet } = wire
  const origin = originOf(wire)
  switch (freshet.scope) {
    case 'subject': {
      const subject = subjectOf(wire)
      const claims = claimsOf(freshet.claims, wire.events)
      const timesMs = timesOf(freshet.times)
      return subject && { ...origin, scope: freshet.scope, subject, claims, ...timesMs }
    }
    case 'account': {
      const subject = subjectOf(wire)
      const { scope, op } = freshet
      return subject && { ...origin, scope, subject, op, ...timedOf(freshet) }
    }
    case 'value': {
      const { scope, claim, value } = freshet
      return { ...origin, scope, claim, value: value === 0 ? 0 : value, ...timedOf(freshet) }
    }
    case 'tenant':
    case 'client': {
      const { scope, target } = freshet
      return { ...origin, scope, target, ...timedOf(freshet) }
    }
    case 'denial': {
      const { scope, denial, target } = freshet
      return { ...origin, scope, denial, target, ...denialEndOf(freshet) }
    }
  }
}

function timedOf({ offset, time }: { offset: string; time?: string }): {
  readonly offset: bigint
  readonly timeMs?: number
} {
  const timeMs = time === undefined ? undefined : parseRfc3339(time)
  return { offset: BigInt(offset), ...(timeMs === undefined ? {} : { timeMs }) }
}

function timesOf(times: Readonly<Record<string, string>> | undefined): {
  readonly timesMs?: ReadonlyMap<string, number>
} {
  if (times === undefined) return {}
  const read = Object.entries(times).map(([claim, at]) => [claim, parseRfc3339(at) ?? 0] as const)
  return { timesMs: new Map(read) }
}

function originOf({ jti, freshet }: WireRevocation): RevocationOrigin {
  const { e, tenant, partition, change, occurredAt, issuedAt } = freshet
  return {
    id: jti,
    change,
    tenant,
    e: BigInt(e),
    partition,
    occurredAtMs: parseRfc3339(occurredAt) ?? 0,
    issuedAtMs: parseRfc3339(issuedAt) ?? 0,
  }
}

function subjectOf({ sub_id: identifier, freshet }: WireRevocation): Subject | undefined {
  const { data } = issSub.safeParse(identifier)
  return data && { tenant: freshet.tenant, iss: data.iss, sub: data.sub }
}

const publishedClaims = z.object({ claims: z.record(z.string(), z.unknown()) })
const publishedValues = z.array(scalar)

/** The offsets decide, and values are only for readers. So invalid values count as unpublished. */
function claimsOf(
  offsets: Readonly<Record<string, string>>,
  events: WireRevocation['events'],
): ReadonlyMap<string, RevokedClaim> {
  const { data } = publishedClaims.safeParse(events[SECURITY_EVENTS.tokenClaimsChange])
  return new Map(
    Object.entries(offsets).map(([claim, offset]) => {
      const { data: values } = publishedValues.safeParse(data?.claims[claim])
      return [claim, { offset: BigInt(offset), values: values ?? null }]
    }),
  )
}

/** An offset of a subject partition means nothing to a scope that is judged by the control label. */
function widestReading(json: unknown): CutOffRevocation | undefined {
  const { data } = widestSchema.safeParse(json)
  if (!data || data.freshet.partition !== CONTROL_PARTITION) return undefined
  const { e, tenant, partition, change, offset } = data.freshet
  return {
    id: data.jti,
    change,
    tenant,
    e: BigInt(e),
    partition,
    occurredAtMs: 0,
    issuedAtMs: 0,
    scope: 'tenant',
    target: tenant,
    offset: BigInt(offset),
  }
}
