import * as z from 'zod'
import { tenantId, text } from '../wire-types.ts'
import { limits } from './limits-schema.ts'
import type { ClientEntry } from './registry-entries.ts'
import { file } from './registry-names.ts'
import { scopeName } from './scope-schema.ts'

/** A client of the authority, as it stands in the registry file. */
export const client: z.ZodType<ClientEntry> = z
  .strictObject({
    tenant: tenantId.describe('The tenant whose users it may have tokens for.'),
    secretHash: z
      .string()
      .regex(/^[\w-]{43}$/, 'must be a base64url SHA-256')
      .exactOptional()
      .describe('SHA-256 of its secret, base64url: it uses client_secret_basic.'),
    keys: file
      .exactOptional()
      .describe('JWKS file with its public keys, relative to this file: it uses private_key_jwt.'),
    subject: z
      .strictObject({
        iss: text(512).describe('An issuer of its tenant.'),
        sub: text(512).describe('The subject at that issuer.'),
      })
      .exactOptional()
      .describe('Whom its own tokens are about. Without it, it can have none but for others.'),
    presents: z
      .array(text(256))
      .max(64)
      .exactOptional()
      .describe(
        'Clients of an identity provider of its tenant, by their `client_id` there, whose tokens it exchanges: the `azp`, or the one `aud`. Without it, it exchanges tokens for the authority alone.',
      ),
    audiences: z.array(text(256)).default([]).describe('Audiences that it may have tokens for.'),
    scopes: z
      .array(scopeName)
      .max(256)
      .default([])
      .describe('Scopes that it can ask for, at those of its audiences that have them.'),
    introspects: z
      .array(text(256))
      .default([])
      .describe('Audiences that it is a resource server of: it is told of their tokens.'),
    edges: z
      .array(text(256).refine((name) => /^[^*]*\*?$/.test(name), 'has `*` at its end alone'))
      .max(256)
      .exactOptional()
      .describe(
        'Names of edges whose reports count only with the signature of this client; `*` at the end stands for any rest. Without it, the first client that signs for a name holds it.',
      ),
    limits: limits.exactOptional(),
  })
  .describe('An OAuth client of the authority; it has a secret or keys.')
