import { lackingValues } from '../judge/lacking-values.ts'
import type { Audience, Client } from '../registry/registry.ts'
import type { JudgedToken } from '../judge/token.ts'

/** A scope that a token cannot have. */
export interface UngrantedScope {
  readonly kind: 'scope'
  readonly scope: string
  /** The claim whose values the token lacks; absent: client or audience do not have the scope. */
  readonly claim?: string
}

/** The first of some scopes that the registry does not give to both the client and the audience. */
export function firstUndeclared(
  scopes: readonly string[],
  client: Pick<Client, 'scopes'>,
  audience: Pick<Audience, 'scopes'>,
): string | undefined {
  return scopes.find(
    (scope) => client.scopes?.includes(scope) !== true || audience.scopes?.has(scope) !== true,
  )
}

/** The first of some scopes that a token with these claims cannot have at this audience. */
export function firstUngranted(
  scopes: readonly string[],
  audience: Pick<Audience, 'scopes'>,
  claims: JudgedToken['claims'],
): UngrantedScope | undefined {
  for (const scope of scopes) {
    const declared = audience.scopes?.get(scope)
    if (declared === undefined) return { kind: 'scope', scope }
    for (const [claim, values] of declared.require) {
      // A claim that the token does not carry is not empty: no edge would judge it.
      const isHeld = claims.has(claim) && lackingValues([[claim, values]], { claims }).length === 0
      if (!isHeld) return { kind: 'scope', scope, claim }
    }
  }
  return undefined
}

/** The claims that some scopes of an audience are derived from, each once. */
export function scopeClaims(
  scopes: readonly string[],
  audience: Pick<Audience, 'scopes'>,
): readonly string[] {
  const required = scopes.flatMap((scope) => [
    ...(audience.scopes?.get(scope)?.require.keys() ?? []),
  ])
  return [...new Set(required)]
}
