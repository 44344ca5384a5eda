import { isRestriction } from '@freshet/protocol'
import { finding, type Finding } from '../finding.ts'
import type { PlacedRoute } from './placed-route.ts'

/** @internal What is wrong with the restrictions that a route ignores. A right choice is reported too, with the owner. */
export function ignoredFindings({
  registry,
  audience,
  route,
  name,
  place,
}: PlacedRoute): readonly Finding[] {
  return (route.ignores ?? []).map((ignored, at) => {
    const claim = registry.claims.get(ignored)
    const here = `${place}/ignores/${at}`
    if (claim === undefined || !isRestriction(claim) || !audience.claims.includes(ignored)) {
      const message = `route ${name} ignores ${ignored}, which restricts no token for ${audience.name}`
      const fix = `name a restricting claim of ${audience.name}, or leave ignores out`
      return finding('route.ignores-no-restriction', here, { message, fix })
    }
    const message = `route ${name} ignores ${ignored} of ${claim.owner}: it allows requests that ${ignored} restricts`
    const fix = `ask ${claim.owner}, or leave ${ignored} out of ignores`
    return finding('route.ignores-restriction', here, { message, fix })
  })
}
