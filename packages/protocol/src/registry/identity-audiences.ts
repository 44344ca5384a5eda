import type { IdentityProvider, Tenant } from './registry.ts'

/** Longest `maxLife` of a token of an identity provider: a day, as T_max. */
export const IDENTITY_TOKEN_LIFE_CEILING_MS = 86_400_000

/** Clients of an identity provider whose tokens the authority can exchange, by their names there. */
export function partiesOf({
  audiences = [],
  azp = audiences,
}: IdentityProvider): readonly string[] {
  return azp
}

/** The same of all providers of a tenant. */
export function partiesOfTenant({ identityProviders }: Tenant): ReadonlySet<string> {
  return new Set(identityProviders.flatMap(partiesOf))
}
