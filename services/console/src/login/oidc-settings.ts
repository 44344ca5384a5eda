import { importSigningKey } from '@freshet/wire'
import { ADMIN_ROLES, protectedUrl, type AdminRole } from '@freshet/runtime'
import type { JWK } from 'jose'
import * as z from 'zod'

const VALUES_MAX = 50

/** The values of a claim of the ID token that give each role. A person without any of them has no role. */
export interface RoleMap {
  readonly claim: string
  readonly values: Readonly<Record<AdminRole, readonly string[]>>
}

/** The proof of the console to the provider: a secret, or a private key (`private_key_jwt`). */
export type ClientProof = { readonly secret: string } | { readonly key: JWK }

/** The identity provider that logs admins in, and what this console is at it. */
export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  readonly proof: ClientProof
  readonly scope: string
  readonly roles: RoleMap
}

/** The provider: what comes in clear over a network proves nothing. */
export const oidcIssuer: z.ZodType<string> = protectedUrl

/** The scopes of the request to the provider, which sends no ID token without `openid`. */
export const oidcScope: z.ZodType<string> = z
  .string()
  .refine((text) => text.split(' ').includes('openid'), 'must contain openid')

/** A private JWK with `kid` and `alg`. */
export const oidcClientKey: z.ZodType<JWK> = z.string().transform((text, context) => {
  try {
    const jwk = JSON.parse(text) as JWK
    importSigningKey(jwk)
    return jwk
  } catch {
    context.addIssue('must be a private JWK with kid and alg')
    return z.NEVER
  }
})

const values = z.array(z.string().min(1).max(200)).max(VALUES_MAX).default([])

/** Text like `{"claim":"groups","operator":["sre"],"admin":["platform"]}`. */
export const oidcRoles: z.ZodType<RoleMap> = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue('must be JSON')
      return z.NEVER
    }
  })
  .pipe(
    z
      .strictObject({
        claim: z.string().min(1).max(200),
        viewer: values,
        operator: values,
        admin: values,
      })
      .refine((map) => ADMIN_ROLES.some((role) => map[role].length > 0), 'gives no user a role')
      .transform(({ claim, ...roles }) => ({ claim, values: roles })),
  )

/** The variables of the environment for it. */
export interface OidcVariables {
  readonly oidcIssuer?: string | undefined
  readonly oidcClientId?: string | undefined
  readonly oidcClientSecret?: string | undefined
  readonly oidcClientKey?: JWK | undefined
  readonly oidcScope: string
  readonly oidcRoles?: RoleMap | undefined
  readonly publicUrl?: string | undefined
}

/** Logging in by a provider takes all of its variables, or none. */
export function oidcProblem(given: OidcVariables): string | undefined {
  const { oidcIssuer: issuer, oidcClientId, oidcClientSecret, oidcClientKey: key } = given
  const all = [issuer, oidcClientId, oidcClientSecret, key, given.oidcRoles]
  const isNone = all.every((each) => each === undefined)
  const isAll = oidcSettings(given) !== undefined && given.publicUrl !== undefined
  if (isNone || isAll) return undefined
  return 'FRESHET_OIDC_ISSUER, FRESHET_OIDC_CLIENT_ID, FRESHET_OIDC_CLIENT_SECRET or FRESHET_OIDC_CLIENT_KEY, FRESHET_OIDC_ROLES and FRESHET_URL: a login by a provider needs all of them, and one of the two'
}

/** The settings; `undefined` where tokens alone log in. */
export function oidcSettings(given: OidcVariables): OidcSettings | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcScope: scope, oidcRoles: roles } = given
  const proof = proofOf(given)
  if (!issuer || !clientId || !proof || !roles) return undefined
  return { issuer, clientId, proof, scope, roles }
}

/** One of the two. */
function proofOf({
  oidcClientSecret: secret,
  oidcClientKey: key,
}: OidcVariables): ClientProof | undefined {
  if (key === undefined) return secret === undefined ? undefined : { secret }
  return secret === undefined ? { key } : undefined
}
