import { invariant, type AccountOp, type Change } from '@freshet/protocol'
import * as z from 'zod'
import { changeOf } from './change-data.ts'
import type { ChangeEnvelope } from './change-event.ts'
import type { WireChange } from './change-schema.ts'
import { formatRfc3339 } from '../json/rfc3339.ts'
import { SECURITY_EVENTS } from './security-events.ts'
import { checkShape, refuseAt } from '../json/wire-problems.ts'
import {
  claimName,
  critical,
  decimal,
  eventId,
  issSub,
  scalar,
  sourceId,
  tenantId,
  text,
  VALUES_MAX,
  type Wire,
} from '../json/wire-types.ts'

const seconds = z.number().min(0).max(253_402_300_799)

/**
 * The members of a source's SET that Freshet reads. `freshet` has the member that CAEP lacks: a version,
 * which orders two statements of one second.
 */
export const setChangeSchema = z.object({
  iss: sourceId,
  jti: eventId,
  iat: seconds,
  sub: z.never({ error: 'must not be in a SET' }).optional(),
  exp: z.never({ error: 'must not be in a SET' }).optional(),
  sub_id: z.discriminatedUnion('format', [
    issSub,
    z.strictObject({ format: z.literal('jwt_id'), iss: text(512), jti: text(512) }),
  ]),
  events: z.record(z.string(), z.record(z.string(), z.unknown())),
  freshet: z.object({
    tenant: tenantId,
    sourceVersion: z.string(),
    sequence: decimal.exactOptional(),
    critical: critical.exactOptional(),
  }),
})

type WireSetChange = Wire<typeof setChangeSchema>

const accountOps: ReadonlyMap<string, AccountOp> = new Map<string, AccountOp>([
  [SECURITY_EVENTS.accountDisabled, 'disabled'],
  [SECURITY_EVENTS.accountEnabled, 'enabled'],
  [SECURITY_EVENTS.accountPurged, 'deleted'],
  [SECURITY_EVENTS.sessionRevoked, 'sessions-revoked'],
  [SECURITY_EVENTS.riscSessionsRevoked, 'sessions-revoked'],
  [SECURITY_EVENTS.credentialChange, 'credential-changed'],
  [SECURITY_EVENTS.credentialCompromise, 'credential-compromised'],
])

/**
 * Reads a change from the claims of a Security Event Token (RFC 8417) that a source signed. It has exactly
 * one CAEP or RISC event; `iss` is the source and `jti` is the id. `token-claims-change` states the whole of
 * one claim (`set`). `session-revoked` of a `jwt_id` denies that token.
 *
 * @throws `event.malformed` (an {@link EventError}), also for an event without a mapping
 */
export function parseSetChange(json: unknown): ChangeEnvelope {
  const set = checkShape(setChangeSchema, json)
  const [entry, ...others] = Object.entries(set.events)
  if (entry === undefined || others.length > 0) refuseAt('/events', 'must hold exactly one event')
  const [uri, event] = entry
  return { change: changeOfEvent(set, uri, event) }
}

function changeOfEvent(
  set: WireSetChange,
  uri: string,
  event: Readonly<Record<string, unknown>>,
): Change {
  const wire = { ...originOf(set, event), ...statementOf(set, uri, event) } as WireChange
  invariant(wire.op !== undefined, 'the event of a SET was not mapped')
  return changeOf(checkSourceVersion(wire), { id: set.jti, source: set.iss })
}

function checkSourceVersion(wire: WireChange): WireChange {
  if (/^(?:\d{1,18}\.)?\d{1,18}$/.test(wire.sourceVersion)) return wire
  return refuseAt('/freshet/sourceVersion', 'must be a number as text, or "epoch.number"')
}

function originOf(set: WireSetChange, event: Readonly<Record<string, unknown>>): object {
  const { tenant, sourceVersion, sequence } = set.freshet
  const { data: eventTime } = seconds.safeParse(event['event_timestamp'])
  return {
    tenant,
    sourceVersion,
    ...(sequence === undefined ? {} : { sequence }),
    occurredAt: formatRfc3339(Math.floor((eventTime ?? set.iat) * 1000)),
  }
}

function statementOf(
  set: WireSetChange,
  uri: string,
  event: Readonly<Record<string, unknown>>,
): object {
  const { sub_id: subject } = set
  if (subject.format === 'jwt_id') return denialOf(subject, uri)
  if (uri === SECURITY_EVENTS.tokenClaimsChange) return { subject, ...claimOf(event['claims']) }
  const op = accountOps.get(uri)
  return op === undefined
    ? refuseAt('/events', 'names an event that is not mapped')
    : { subject, op }
}

function denialOf({ jti }: { readonly jti: string }, uri: string): object {
  if (uri === SECURITY_EVENTS.sessionRevoked) return { op: 'deny', scope: 'token', target: jti }
  return refuseAt('/sub_id/format', 'must be iss_sub for this event')
}

const claimsShape = z.record(claimName, z.union([scalar, z.array(scalar).max(VALUES_MAX)]))

function claimOf(claims: unknown): object {
  const { data } = claimsShape.safeParse(claims)
  const [entry, ...others] = Object.entries(data ?? {})
  if (entry === undefined || others.length > 0) {
    refuseAt('/events', 'must state the values of exactly one claim')
  }
  const [claim, value] = entry
  return { claim, op: 'set', value }
}
