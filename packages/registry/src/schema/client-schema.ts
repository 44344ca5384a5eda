import * as z from 'zod'
import { tenantId, text } from '@freshet/wire/wire-types'
import { limits } from './limits-schema.ts'
import type { ClientEntry } from './registry-entries.ts'
import { file } from './registry-names.ts'
import { scopeName } from './scope-schema.ts'

/** A client of the authority, as written in the registry file. */
export const client: z.ZodType<ClientEntry> = z
  .strictObject({
    tenant: tenantId.describe('The tenant of the users in its tokens.'),
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
      .describe(
        'The subject of its own tokens. Without it, the client gets tokens only for other subjects.',
      ),
    presents: z
      .array(text(256))
      .max(64)
      .exactOptional()
      .describe(
        'Clients of an identity provider of its tenant whose tokens it exchanges, by their `client_id` there: the `azp`, or the one `aud`. Without it, the client exchanges only tokens for the authority.',
      ),
    audiences: z
      .array(text(256))
      .default([])
      .describe('The audiences for which it can get tokens.'),
    scopes: z
      .array(scopeName)
      .max(256)
      .default([])
      .describe('Scopes that it can request, at its audiences that have them.'),
    introspects: z
      .array(text(256))
      .default([])
      .describe('Audiences for which it is a resource server. It can introspect their tokens.'),
    edges: z
      .array(text(256).refine((name) => /^[^*]*\*?$/.test(name), 'has `*` at its end alone'))
      .max(256)
      .exactOptional()
      .describe(
        'Names of edges whose reports count only with the signature of this client. `*` at the end matches any rest. Without it, the first client that signs for a name holds it.',
      ),
    limits: limits.exactOptional(),
  })
  .describe('An OAuth client of the authority; it has a secret or keys.')
