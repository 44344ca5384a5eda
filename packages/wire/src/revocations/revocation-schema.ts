import { ACCOUNT_OPS, DENIAL_KINDS, type AccountOp, type DenialKind } from '@freshet/protocol'
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
  type WireScalar,
} from '../json/wire-types.ts'

interface WireRevocationOrigin {
  readonly e: string
  readonly tenant: string
  readonly partition: number
  readonly change: string
  readonly occurredAt: string
  readonly issuedAt: string
  readonly critical?: readonly string[]
}

interface WireTimed {
  readonly offset: string
  /** Foreign tokens that were issued up to this time are stale in the scope. */
  readonly time?: string
}

/** The member `freshet` of a revocation, which an edge applies; `scope` names the variant. */
export type WireRevoked = WireRevocationOrigin &
  (
    | {
        readonly scope: 'subject'
        readonly claims: Readonly<Record<string, string>>
        /** Times by claim: foreign tokens that were issued up to then are stale in the claim. */
        readonly times?: Readonly<Record<string, string>>
      }
    | (WireTimed & { readonly scope: 'account'; readonly op: AccountOp })
    | (WireTimed & {
        readonly scope: 'value'
        readonly claim: string
        readonly value: WireScalar
      })
    | (WireTimed & { readonly scope: 'tenant' | 'client'; readonly target: string })
    | {
        readonly scope: 'denial'
        readonly denial: DenialKind
        readonly target: string
        /** The time at which the denied token expires: NumericDate, as in the token. */
        readonly exp?: number
      }
  )

const revocationOrigin = {
  e: decimal,
  tenant: tenantId,
  partition: count,
  change: eventId,
  occurredAt: time,
  issuedAt: time,
  critical: critical.exactOptional(),
}

const timed = { offset: decimal, time: time.exactOptional() }

const revokedSchema: z.ZodType<WireRevoked> = z.discriminatedUnion('scope', [
  z.object({
    ...revocationOrigin,
    scope: z.literal('subject'),
    claims: z.record(z.string(), decimal),
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
    exp: count.exactOptional(),
  }),
])

/** The claims of a revocation's Security Event Token. */
export interface WireRevocation {
  readonly iss: string
  readonly jti: string
  readonly iat: number
  readonly txn: string
  readonly sub_id: { readonly format: string; readonly [member: string]: unknown }
  readonly events: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly freshet: WireRevoked
}

/** The claims of a SET (RFC 8417, profile of SSF 1.0) with exactly one event, and `freshet`. */
export const revocationSchema: z.ZodType<WireRevocation> = z.object({
  iss: z.string(),
  jti: text(LENGTHS.id),
  iat: z.number(),
  txn: z.string(),
  sub_id: z.looseObject({ format: z.string() }),
  events: z.record(z.string(), z.record(z.string(), z.unknown())),
  freshet: revokedSchema,
})

/** The members of a revocation that must be readable so that its widest meaning is known. */
export interface WireWidest {
  readonly jti: string
  readonly freshet: {
    readonly e: string
    readonly tenant: string
    readonly partition: number
    readonly change: string
    readonly offset: string
  }
}

/** The members of a revocation that must be readable so that its widest meaning is known. */
export const widestSchema: z.ZodType<WireWidest> = z.object({
  jti: z.string(),
  freshet: z.object({
    e: decimal,
    tenant: tenantId,
    partition: count,
    change: z.string(),
    offset: decimal,
  }),
})
