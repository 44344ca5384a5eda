import * as z from 'zod'
import type { WireLabel } from './token-schema.ts'
import {
  claimName,
  count,
  critical,
  decimal,
  hashText,
  issSub,
  sourceId,
  tenantId,
  text,
  time,
  type WireSubject,
} from '../json/wire-types.ts'

const CLAIMS_MAX = 1000

/** The record of one issued token on the wire; `iat` and `exp` are in seconds, as in the token. */
export interface WireIssuance {
  readonly jti: string
  readonly tenant: string
  readonly subject: WireSubject
  readonly client: string
  readonly audience: string
  readonly kid: string
  readonly pv: number
  readonly registry: string
  readonly label?: WireLabel
  readonly iat: number
  readonly exp: number
  readonly claims: readonly string[]
  readonly claimsDigest: string
  readonly over?: readonly string[]
  readonly omitted?: readonly string[]
  readonly through: Readonly<Record<string, string>>
  readonly critical?: readonly string[]
}

/** The record of an issued token. */
export const issuanceSchema: z.ZodType<WireIssuance> = z.object({
  jti: text(256),
  tenant: tenantId,
  subject: issSub,
  client: text(256),
  audience: text(256),
  kid: text(256),
  pv: count,
  registry: hashText,
  label: z.object({ e: decimal, s: decimal, c: decimal }).exactOptional(),
  iat: count,
  exp: count,
  claims: z.array(claimName).max(CLAIMS_MAX),
  claimsDigest: hashText,
  over: z.array(claimName).max(CLAIMS_MAX).exactOptional(),
  omitted: z.array(claimName).max(CLAIMS_MAX).exactOptional(),
  through: z.record(sourceId, time),
  critical: critical.exactOptional(),
})
