import { ACCOUNT_OPS, DENIAL_KINDS } from '@freshet/protocol'
import * as z from 'zod'
import {
  claimName,
  count,
  critical,
  decimal,
  eventId,
  LENGTHS,
  scalar,
  tenantId,
  text,
  time,
  type Wire,
} from '../json/wire-types.ts'

const revocationOrigin = {
  e: decimal,
  tenant: tenantId,
  partition: count,
  change: eventId,
  occurredAt: time,
  issuedAt: time,
  critical: critical.exactOptional(),
}

const timed = {
  offset: decimal,
  /** Foreign tokens that were issued up to this time are stale in the scope. */
  time: time.exactOptional(),
}

const revokedSchema = z.discriminatedUnion('scope', [
  z.object({
    ...revocationOrigin,
    scope: z.literal('subject'),
    claims: z.record(z.string(), decimal),
    /** Times by claim: foreign tokens that were issued up to then are stale in the claim. */
    times: z.record(z.string(), time).exactOptional(),
  }),
  z.object({
    ...revocationOrigin,
    scope: z.literal('account'),
    op: z.enum(ACCOUNT_OPS),
    ...timed,
  }),
  z.object({
    ...revocationOrigin,
    scope: z.literal('value'),
    claim: claimName,
    value: scalar,
    ...timed,
  }),
  z.object({
    ...revocationOrigin,
    scope: z.enum(['tenant', 'client']),
    target: text(LENGTHS.id),
    ...timed,
  }),
  z.object({
    ...revocationOrigin,
    scope: z.literal('denial'),
    denial: z.enum(DENIAL_KINDS),
    target: text(LENGTHS.id),
    /** The time at which the denied token expires: NumericDate, as in the token. */
    exp: count.exactOptional(),
  }),
])

/** The member `freshet` of a revocation, which an edge applies; `scope` names the variant. */
export type WireRevoked = Wire<typeof revokedSchema>

/** The claims of a SET (RFC 8417, profile of SSF 1.0) with exactly one event, and `freshet`. */
export const revocationSchema = z.object({
  iss: z.string(),
  jti: text(LENGTHS.id),
  iat: z.number(),
  txn: z.string(),
  sub_id: z.looseObject({ format: z.string() }),
  events: z.record(z.string(), z.record(z.string(), z.unknown())),
  freshet: revokedSchema,
})

/** The claims of a revocation's Security Event Token. */
export type WireRevocation = Wire<typeof revocationSchema>

/** The members of a revocation that must be readable so that its widest meaning is known. */
export const widestSchema = z.object({
  jti: z.string(),
  freshet: z.object({
    e: decimal,
    tenant: tenantId,
    partition: count,
    change: z.string(),
    offset: decimal,
  }),
})
