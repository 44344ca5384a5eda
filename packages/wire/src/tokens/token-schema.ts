import * as z from 'zod'
import { claimName, criticalOf, decimal, tenantId, text, type Wire } from '../json/wire-types.ts'

/** Claims that one token can name as left out for one reason. */
const OMITTED_MAX = 1000

const names = z.array(claimName).max(OMITTED_MAX)

/** A label; positions are decimal strings. */
export const labelSchema = z.object({ e: decimal, s: decimal, c: decimal })

/** A label on the wire. */
export type WireLabel = Wire<typeof labelSchema>

/**
 * An actor with its label; the actor before it is inside. The type is written out, because no type is
 * inferred from a schema that contains itself.
 */
export interface WireAct {
  readonly iss: string
  readonly sub: string
  readonly freshet: WireLabel & { readonly tenant: string }
  readonly act?: WireAct
}

const actSchema: z.ZodType<WireAct> = z.object({
  iss: text(512),
  sub: text(512),
  freshet: z.object({ ...labelSchema.shape, tenant: tenantId }),
  get act(): z.ZodType<WireAct | undefined> {
    return actSchema.optional()
  },
}) as z.ZodType<WireAct>

/** Payload of an access token (RFC 9068) with a label. */
export const tokenSchema = z.object({
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
    ...labelSchema.shape,
    pv: z.int().min(0),
    tenant: tenantId,
    /** The identity provider whose subject `sub` is; absent if that is the token's own issuer. */
    subiss: text(512).exactOptional(),
    /** Claims that the token leaves out because they were too large; absent: none. */
    over: names.exactOptional(),
    /** Claims that it leaves out because no source could confirm them; absent: none. */
    omitted: names.exactOptional(),
    /** Claims that scopes of the token are derived from; absent: none. */
    scopedBy: names.exactOptional(),
    /** Members that a reader must know. */
    critical: criticalOf(['scopedBy']).exactOptional(),
  }),
})

/** The members of an access token that Freshet reads. */
export type WireToken = Wire<typeof tokenSchema>
