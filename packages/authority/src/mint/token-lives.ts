import { FreshetError, type Registry } from '@freshet/protocol'

/**
 * For an authority that starts: no audience can have tokens that outlive the watermarks (rule 25),
 * and no identity provider can have tokens that outlive what is known of their subjects' accounts.
 *
 * @throws `registry.invalid` naming the audiences, or the identity providers
 */
export function requireLivesWithin(registry: Registry, lifeMaxMs: number): void {
  const tooLong = [...registry.audiences.values()].filter(({ claims, ttlMs }) => {
    const claimLives = claims.map((claim) => registry.claims.get(claim)?.maxTtlMs ?? 0)
    return Math.min(ttlMs, ...claimLives) > lifeMaxMs
  })
  const providers = [...registry.tenants.values()]
    .flatMap(({ identityProviders }) => identityProviders)
    .filter(({ maxLifeMs = 0 }) => maxLifeMs > lifeMaxMs)
  refuse(
    'Tokens for',
    tooLong.map(({ name }) => name),
    lifeMaxMs,
  )
  refuse(
    'Tokens of',
    providers.map(({ issuer }) => issuer),
    lifeMaxMs,
  )
}

function refuse(what: string, names: readonly string[], lifeMaxMs: number): void {
  if (names.length === 0) return
  throw new FreshetError(
    'registry.invalid',
    `${what} ${names.join(', ')} would live longer than the ${lifeMaxMs / 1_000} s of ` +
      'FRESHET_TOKEN_LIFE_MAX_MS.',
  )
}
