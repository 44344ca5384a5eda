import { PATTERN_LENGTH_MAX } from '@freshet/protocol'
import * as z from 'zod'
import { claimName, sourceId, tenantId, text } from '@freshet/wire/wire-types'
import type { IdentityProviderEntry, IssuerEntry } from './registry-entries.ts'
import type { Key } from './registry-names.ts'
import { durationText } from '../file/registry-values.ts'

/** The origin of an issuer's keys: one of the first three. */
const keyOrigin = {
  keys: text(512)
    .exactOptional()
    .describe('The JWKS file with its public keys, relative to this file. No other key counts.'),
  jwksUri: text(512)
    .exactOptional()
    .describe('In place of `keys`: the address of its published keys. https, or http on loopback.'),
  metadata: z
    .enum(['oauth-authorization-server', 'openid-configuration'])
    .exactOptional()
    .describe(
      'In place of `keys`: the address is in its metadata, at the well-known address below `issuer` (RFC 8414, or OpenID Connect Discovery).',
    ),
  keysKept: durationText
    .default('1h')
    .describe(
      'The time for which published keys count after the last successful read. After it, its tokens are refused. A day at most.',
    ),
}

/** An identity provider, as written in the registry file. */
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
        'The longest life of its tokens, from `iat` to `exp`: a day and the FRESHET_TOKEN_LIFE_MAX_MS of the authority at most. A minted token then ends no later than the exchanged token. Without it, `exp` is at most 5m away.',
      ),
    idClaim: text(256)
      .exactOptional()
      .describe(
        'The claim that names a token without `jti`, as `uti`. One token can be denied by it. Without both, the hash of the token names it.',
      ),
  })
  .describe('An identity provider, whose tokens the authority exchanges.')

/** An issuer of foreign tokens, as written in the registry file. */
export const issuer: z.ZodType<IssuerEntry> = z
  .strictObject({
    issuer: text(512).describe('Its `iss`.'),
    tenant: tenantId.describe('The tenant of the subjects of its tokens.'),
    ...keyOrigin,
    audiences: z
      .array(text(256))
      .min(1)
      .describe('The audiences that accept its tokens. `aud` must name the audience too.'),
    claims: z
      .record(claimName as Key, text(256))
      .default({})
      .describe('The claims of its tokens: the name in Freshet, and the name in its tokens.'),
    subjects: z
      .strictObject({
        iss: text(512).describe('The issuer of its tenant that names the subjects.'),
        sub: text(256).default('sub').describe('The claim of its tokens that has their `sub`.'),
        pattern: text(PATTERN_LENGTH_MAX)
          .exactOptional()
          .describe(
            'The form of each `sub`, as `[a-z0-9-]+`. Edges refuse a token with another spelling, because no source sends changes of it. Without it, edges accept every spelling.',
          ),
      })
      .describe('The subjects of its tokens.'),
    margin: durationText
      .default('5s')
      .describe(
        'The maximum delay of its copy of a claim, with the skew of its clock. Tokens issued within this time after a change are stale.',
      ),
    maxTtl: durationText.describe('The longest life of its tokens. Others are refused.'),
    rfc9068: z
      .boolean()
      .default(false)
      .describe('true: its tokens are access tokens of RFC 9068. false: any JWT of it.'),
    issuances: sourceId
      .exactOptional()
      .describe(
        'The source that signs the records of its issued tokens. Without it there are none.',
      ),
  })
  .describe('An issuer of tokens without a Freshet label, which edges judge by time.')
