import * as z from 'zod'
import { claimName, sourceId, tenantId, text } from '../wire-types.ts'
import type { IdentityProviderEntry, IssuerEntry } from './registry-entries.ts'
import type { Key } from './registry-names.ts'
import { durationText } from './registry-values.ts'

/** Where the keys of an issuer come from: one of the first three. */
const keyOrigin = {
  keys: text(512)
    .exactOptional()
    .describe('JWKS file with its public keys, relative to this file: no other key of it counts.'),
  jwksUri: text(512)
    .exactOptional()
    .describe('In place of `keys`: where it publishes them. https, or http on loopback.'),
  metadata: z
    .enum(['oauth-authorization-server', 'openid-configuration'])
    .exactOptional()
    .describe(
      'In place of `keys`: its metadata says where, at the well-known address below `issuer` (RFC 8414, or OpenID Connect Discovery).',
    ),
  keysKept: durationText
    .default('1h')
    .describe(
      'How long published keys count that could not be read again; then its tokens are refused. A day at most.',
    ),
}

/** An identity provider, as it stands in the registry file. */
export const identityProvider: z.ZodType<IdentityProviderEntry> = z
  .strictObject({
    issuer: text(512).describe('Its `iss`.'),
    ...keyOrigin,
    audiences: z
      .array(text(256))
      .min(1)
      .max(64)
      .exactOptional()
      .describe(
        'Values that `aud` of its tokens can have, as the `client_id` of a client there. Without it, `aud` is the issuer name of the authority alone.',
      ),
    azp: z
      .array(text(256))
      .min(1)
      .max(64)
      .exactOptional()
      .describe(
        'Values that `azp` of its tokens can have. Without it, those of `audiences`. A token with several audiences needs an `azp`.',
      ),
    maxLife: durationText
      .exactOptional()
      .describe(
        'Longest life of its tokens, from `iat` to `exp`: a day at most, and the FRESHET_TOKEN_LIFE_MAX_MS of the authority. A minted token then ends no later than the token it is exchanged for. Without it, `exp` is at most 5m away.',
      ),
    idClaim: text(256)
      .exactOptional()
      .describe(
        'The claim that names a token without `jti`, as `uti`: by it, one token can be denied. Without both, the hash of the token names it.',
      ),
  })
  .describe('An identity provider, whose tokens the authority exchanges.')

/** An issuer of foreign tokens, as it stands in the registry file. */
export const issuer: z.ZodType<IssuerEntry> = z
  .strictObject({
    issuer: text(512).describe('Its `iss`.'),
    tenant: tenantId.describe('The tenant whose subjects its tokens are about.'),
    ...keyOrigin,
    audiences: z
      .array(text(256))
      .min(1)
      .describe('Who may accept its tokens, which must name it in `aud` too.'),
    claims: z
      .record(claimName as Key, text(256))
      .default({})
      .describe('Claims that its tokens give, by our names: the name of each in its tokens.'),
    subjects: z
      .strictObject({
        iss: text(512).describe('An issuer of its tenant: whose subjects they are.'),
        sub: text(256).default('sub').describe('The claim of its tokens that has their `sub`.'),
      })
      .describe('Whom its tokens are about.'),
    margin: durationText
      .default('5s')
      .describe(
        'How late its copy of a claim may be, with the skew of its clock: tokens of up to that long after a change are stale.',
      ),
    maxTtl: durationText.describe('Longest life of its tokens; others are refused.'),
    rfc9068: z
      .boolean()
      .default(false)
      .describe('true: its tokens are access tokens of RFC 9068. false: any JWT of it.'),
    issuances: sourceId
      .exactOptional()
      .describe('The source that signs the records of what it issued. Without it there are none.'),
  })
  .describe('Who mints tokens without a label of ours, which edges judge by time.')
