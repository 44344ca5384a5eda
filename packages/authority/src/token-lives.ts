import { FreshetError, type Registry } from '@freshet/domain'

/**
 * For an authority that starts: no audience may have tokens that outlive the watermarks (rule 25).
 *
 * @throws `registry.invalid` naming the audiences
 */
export function requireLivesWithin(registry: Registry, lifeMaxMs: number): void {
  const tooLong = [...registry.audiences.values()].filter(({ claims, ttlMs }) => {
    const claimLives = claims.map((claim) => registry.claims.get(claim)?.maxTtlMs ?? 0)
    return Math.min(ttlMs, ...claimLives) > lifeMaxMs
  })
  if (tooLong.length === 0) return
  const names = tooLong.map(({ name }) => name).join(', ')
  throw new FreshetError(
    'registry.invalid',
    `Tokens for ${names} would live longer than the ${lifeMaxMs / 1_000} s of ` +
      'FRESHET_TOKEN_LIFE_MAX_MS.',
  )
}
