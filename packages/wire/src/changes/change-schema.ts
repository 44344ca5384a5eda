import { ACCOUNT_OPS, DENIAL_KINDS, STATED_KINDS } from '@freshet/protocol'
import * as z from 'zod'
import { EVENT_TYPES } from '../log/event-types.ts'
import {
  claimName,
  count,
  critical,
  decimal,
  eventId,
  hashText,
  issSub,
  LENGTHS,
  scalar,
  sourceId,
  tenantId,
  text,
  time,
  VALUES_MAX,
  type Wire,
} from '../json/wire-types.ts'

const origin = {
  tenant: tenantId,
  sourceVersion: z
    .string()
    .regex(/^(?:\d{1,18}\.)?\d{1,18}$/, 'must be a number as text, or "epoch.number"'),
  sequence: decimal.exactOptional(),
  occurredAt: time,
  onBehalfOf: sourceId.exactOptional(),
  critical: critical.exactOptional(),
}

const values = z.union([scalar, z.array(scalar).max(VALUES_MAX)], {
  error: `must be a value, or a list of at most ${VALUES_MAX} values`,
})
const someValues = z.union([scalar, z.array(scalar).min(1).max(VALUES_MAX)], {
  error: `must be a value, or a list of 1 to ${VALUES_MAX} values`,
})
const target = text(512)
const ordered = { by: text(256), reason: text(512) }
const recordRef = z.object({ e: decimal, partition: count, offset: decimal })

/** A record of the change topic, on the wire. */
export type WireRecordRef = Wire<typeof recordRef>

/** The difference was found by comparing, and no event had announced it. It counts as a missed change of the owner. */
const found = z.literal('compare').exactOptional()
const aboutClaim = { ...origin, subject: issSub, claim: claimName }

/** `data` of a change event. An unknown `op` or `scope` is refused, an unknown member ignored. */
export const changeSchema = z.discriminatedUnion('op', [
  z.object({
    ...aboutClaim,
    op: z.literal('set'),
    value: values,
    settles: z.array(recordRef).max(100).exactOptional(),
    found,
  }),
  z.object({ ...aboutClaim, op: z.enum(['add', 'remove']), value: someValues }),
  z.object({ ...aboutClaim, op: z.literal('clear'), found }),
  z.object({ ...origin, op: z.enum(ACCOUNT_OPS), subject: issSub }),
  z.object({ ...origin, op: z.literal('value-withdrawn'), claim: claimName, value: scalar }),
  z.object({ ...origin, op: z.literal('cut-off'), scope: z.enum(['tenant', 'client']), target }),
  z.object({
    ...origin,
    op: z.literal('deny'),
    scope: z.enum(DENIAL_KINDS),
    target,
    exp: count.exactOptional(),
  }),
  z.object({
    ...origin,
    op: z.literal('snapshot-begin'),
    states: z.array(z.enum(STATED_KINDS)).max(STATED_KINDS.length).exactOptional(),
  }),
  z.object({ ...origin, op: z.literal('snapshot-end'), confirm: z.literal(true).exactOptional() }),
  z.object({ ...origin, op: z.literal('activate'), pv: count, hash: hashText, minimum: count }),
  z.object({
    ...origin,
    ...ordered,
    op: z.literal('open'),
    audience: text(256),
    route: text(512),
    claim: claimName,
    until: time,
  }),
  z.object({ ...origin, ...ordered, op: z.literal('close'), opening: eventId }),
  z.object({ ...aboutClaim, ...ordered, op: z.literal('clear-doubt'), record: recordRef }),
])

/** `data` of a change event; `op` names the variant. */
export type WireChange = Wire<typeof changeSchema>

/** A change in the structured mode of CloudEvents. */
export const changeEventSchema = z.object({
  specversion: z.literal('1.0'),
  id: eventId,
  source: sourceId,
  type: z.literal(EVENT_TYPES.change),
  time: time.exactOptional(),
  datacontenttype: z
    .string()
    .regex(/^application\/json(?:;.*)?$/i, 'must be application/json')
    .exactOptional(),
  traceparent: z.string().max(LENGTHS.trace).exactOptional(),
  data: changeSchema,
})

/** A change in the structured mode of CloudEvents. */
export type WireChangeEvent = Wire<typeof changeEventSchema>

/** Body of `POST /v1/heartbeats`; the source is the signer. */
export const heartbeatBodySchema = z.object({
  tenant: tenantId,
  through: time,
  sequence: decimal.exactOptional(),
  epoch: decimal.exactOptional(),
  cursor: z.string().max(LENGTHS.cursor).exactOptional(),
  sent: time.exactOptional(),
  critical: critical.exactOptional(),
})

/** Body of `POST /v1/sources/{source}/epochs`; the source is the signer. */
export const epochBodySchema = z.object({ tenant: tenantId, critical: critical.exactOptional() })

/** `data` of a source's heartbeat on the change topic; `last` is the feed's last number there. */
export const sourceHeartbeatSchema = z.object({
  tenant: tenantId,
  through: time,
  last: decimal,
  critical: critical.exactOptional(),
})
