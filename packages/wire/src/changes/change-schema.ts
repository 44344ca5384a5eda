import { ACCOUNT_OPS, DENIAL_KINDS, type AccountOp, type DenialKind } from '@freshet/protocol'
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
  type WireScalar,
  type WireSubject,
} from '../json/wire-types.ts'

/** A record of the change topic, on the wire. */
export interface WireRecordRef {
  readonly e: string
  readonly partition: number
  readonly offset: string
}

interface WireOrigin {
  readonly tenant: string
  readonly sourceVersion: string
  readonly sequence?: string
  readonly occurredAt: string
  readonly onBehalfOf?: string
  readonly critical?: readonly string[]
}

/** `data` of a change event; `op` names the variant. */
export type WireChange = WireOrigin &
  (
    | {
        readonly op: 'set'
        readonly subject: WireSubject
        readonly claim: string
        readonly value: WireScalar | readonly WireScalar[]
        readonly settles?: readonly WireRecordRef[]
      }
    | {
        readonly op: 'add' | 'remove'
        readonly subject: WireSubject
        readonly claim: string
        readonly value: WireScalar | readonly WireScalar[]
      }
    | { readonly op: 'clear'; readonly subject: WireSubject; readonly claim: string }
    | { readonly op: AccountOp; readonly subject: WireSubject }
    | { readonly op: 'value-withdrawn'; readonly claim: string; readonly value: WireScalar }
    | { readonly op: 'cut-off'; readonly scope: 'tenant' | 'client'; readonly target: string }
    | {
        readonly op: 'deny'
        readonly scope: DenialKind
        readonly target: string
        readonly exp?: number
      }
    | { readonly op: 'snapshot-begin' }
    | { readonly op: 'snapshot-end'; readonly confirm?: true }
    | {
        readonly op: 'activate'
        readonly pv: number
        readonly hash: string
        readonly minimum: number
      }
    | {
        readonly op: 'open'
        readonly audience: string
        readonly route: string
        readonly claim: string
        readonly until: string
        readonly by: string
        readonly reason: string
      }
    | {
        readonly op: 'close'
        readonly opening: string
        readonly by: string
        readonly reason: string
      }
    | {
        readonly op: 'clear-doubt'
        readonly subject: WireSubject
        readonly claim: string
        readonly record: WireRecordRef
        readonly by: string
        readonly reason: string
      }
  )

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
const aboutClaim = { ...origin, subject: issSub, claim: claimName }

/** `data` of a change event. An unknown `op` or `scope` is refused, an unknown member ignored. */
export const changeSchema: z.ZodType<WireChange> = z.discriminatedUnion('op', [
  z.object({
    ...aboutClaim,
    op: z.literal('set'),
    value: values,
    settles: z.array(recordRef).max(100).exactOptional(),
  }),
  z.object({ ...aboutClaim, op: z.enum(['add', 'remove']), value: someValues }),
  z.object({ ...aboutClaim, op: z.literal('clear') }),
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
  z.object({ ...origin, op: z.literal('snapshot-begin') }),
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

/** A CloudEvent in JSON, without its data. */
export interface WireEnvelope {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  readonly time?: string
  readonly datacontenttype?: string
  readonly traceparent?: string
}

const envelope = {
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
}

/** A change in the structured mode of CloudEvents. */
export const changeEventSchema: z.ZodType<WireEnvelope & { readonly data: WireChange }> = z.object({
  ...envelope,
  data: changeSchema,
})

/** Body of `POST /v1/heartbeats`. */
export interface WireHeartbeatBody {
  readonly tenant: string
  readonly through: string
  readonly sequence?: string
  readonly critical?: readonly string[]
}

/** Body of `POST /v1/heartbeats`; the source is the signer. */
export const heartbeatBodySchema: z.ZodType<WireHeartbeatBody> = z.object({
  tenant: tenantId,
  through: time,
  sequence: decimal.exactOptional(),
  critical: critical.exactOptional(),
})

/** `data` of a source's heartbeat on the change topic. */
export interface WireSourceHeartbeat {
  readonly tenant: string
  readonly through: string
  readonly last: string
  readonly critical?: readonly string[]
}

/** `data` of a source's heartbeat on the change topic; `last` is the feed's last number there. */
export const sourceHeartbeatSchema: z.ZodType<WireSourceHeartbeat> = z.object({
  tenant: tenantId,
  through: time,
  last: decimal,
  critical: critical.exactOptional(),
})
