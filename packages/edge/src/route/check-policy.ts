import { FreshetError, type ClaimMap } from '@freshet/protocol'
import { observationOf } from './observe.ts'
import type { RoutePolicy } from './route-policy.ts'

/**
 * Descriptive claims describe a subject and grant nothing, so no route can require one.
 *
 * @throws `config.invalid`
 */
export function checkPolicy(policy: RoutePolicy, map: ClaimMap | undefined): void {
  observationOf(policy)
  const { require = {} } = policy
  for (const claim of Object.keys(require))
    if (claim === '' || map?.claims.get(claim)?.kind === 'descriptive')
      throw new FreshetError(
        'config.invalid',
        `A route requires the claim ${claim}, which is descriptive and grants nothing.`,
      )
}
