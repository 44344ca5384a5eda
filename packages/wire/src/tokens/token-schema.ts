import * as z from 'zod'
import { claimName, criticalOf, decimal, tenantId, text } from '../json/wire-types.ts'

/** A label on the wire. */
export interface WireLabel {
  readonly e: string
  readonly s: string
  readonly c: string
}

/** An actor with its label; the actor before it is inside. */
export interface WireAct {
  readonly iss: string
  readonly sub: string
  readonly freshet: WireLabel & { readonly tenant: string }
  readonly act?: WireAct
}

/** The members of an access token that Freshet reads. */
export interface WireToken {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  readonly jti: string
  readonly client_id: string
  readonly sid?: string
  readonly act?: WireAct
  readonly freshet: WireLabel & {
    readonly pv: number
    readonly tenant: string
    readonly subiss?: string
    /** Claims that are left out because they were too large. */
    readonly over?: readonly string[]
    /** Claims that are left out because no source could confirm them. */
    readonly omitted?: readonly string[]
    /** Claims that scopes of the token are derived from. */
    readonly scopedBy?: readonly string[]
    readonly critical?: readonly string[]
  }
}

/** Claims that one token can name as left out for one reason. */
const OMITTED_MAX = 1000

const names = z.array(claimName).max(OMITTED_MAX)

const label = { e: decimal, s: decimal, c: decimal }

const actSchema: z.ZodType<WireAct> = z.object({
  iss: text(512),
  sub: text(512),
  freshet: z.object({ ...label, tenant: tenantId }),
  get act(): z.ZodType<WireAct | undefined> {
    return actSchema.optional()
  },
}) as z.ZodType<WireAct>

/** Payload of an access token (RFC 9068) with a label. */
export const tokenSchema: z.ZodType<WireToken> = z.object({
  iss: text(512),
  sub: text(512),
  aud: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(16)]),
  exp: z.int().min(0),
  iat: z.int().min(0),
  jti: text(256),
  client_id: text(256),
  sid: text(256).exactOptional(),
  act: actSchema.exactOptional(),
  freshet: z.object({
    ...label,
    pv: z.int().min(0),
    tenant: tenantId,
    subiss: text(512).exactOptional(),
    over: names.exactOptional(),
    omitted: names.exactOptional(),
    scopedBy: names.exactOptional(),
    critical: criticalOf(['scopedBy']).exactOptional(),
  }),
})
