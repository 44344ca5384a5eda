import { FreshetError, isRestriction, type ClaimMap } from '@freshet/protocol'
import { observationOf } from './observe.ts'
import type { RoutePolicy } from './route-policy.ts'

/**
 * Descriptive claims describe a subject and grant nothing, so no route can require one. Only a claim that restricts
 * can be ignored: without one that grants, a route would check less than it requires.
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
  for (const claim of policy.ignores ?? []) {
    const mapped = map?.claims.get(claim)
    if (mapped !== undefined && !isRestriction(mapped))
      throw new FreshetError(
        'config.invalid',
        `A route ignores the claim ${claim}, which does not restrict. Name claims of \`polarity: restrict\` alone.`,
      )
  }
}
