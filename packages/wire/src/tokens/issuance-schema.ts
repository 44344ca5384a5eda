import * as z from 'zod'
import { labelSchema } from './token-schema.ts'
import {
  claimName,
  count,
  critical,
  hashText,
  issSub,
  sourceId,
  tenantId,
  text,
  time,
  type Wire,
} from '../json/wire-types.ts'

const CLAIMS_MAX = 1000

/** The record of an issued token. */
export const issuanceSchema = z.object({
  jti: text(256),
  tenant: tenantId,
  subject: issSub,
  client: text(256),
  audience: text(256),
  kid: text(256),
  pv: count,
  registry: hashText,
  label: labelSchema.exactOptional(),
  iat: count,
  exp: count,
  claims: z.array(claimName).max(CLAIMS_MAX),
  claimsDigest: hashText,
  over: z.array(claimName).max(CLAIMS_MAX).exactOptional(),
  omitted: z.array(claimName).max(CLAIMS_MAX).exactOptional(),
  through: z.record(sourceId, time),
  critical: critical.exactOptional(),
})

/** The record of one issued token on the wire; `iat` and `exp` are in seconds, as in the token. */
export type WireIssuance = Wire<typeof issuanceSchema>
