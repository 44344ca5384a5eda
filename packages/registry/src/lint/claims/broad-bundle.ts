import type { Audience, Claim } from '@freshet/protocol'
import { finding, type Finding } from '../finding.ts'

/** Bytes of grants, as JSON, beyond which a token is worth stealing for more than its audience needs. */
export const BROAD_GRANTS_BYTES = 4_096

/**
 * @internal A broad bundle of grants, unless each route of the audience has the authority judge each
 * request: then a stolen or outlived token opens nothing. Claims without `maxBytes` do not count.
 */
export function broadBundle(
  audience: Audience,
  carried: readonly (Claim | undefined)[],
  place: string,
): readonly Finding[] {
  const { name, routes, maxBytes = Infinity } = audience
  const sum = carried.reduce((bytes, claim) => bytes + grantBytes(claim), 0)
  const bytes = Math.min(sum, maxBytes)
  if (bytes <= BROAD_GRANTS_BYTES) return []
  const validates = routes.size > 0 && [...routes.values()].every(({ risk }) => risk === 'high')
  if (validates) return []
  const message = `tokens for ${name} may carry ${bytes} bytes of grants, and not every route of it has the authority judge`
  const fix = `carry fewer or smaller claims, at most ${BROAD_GRANTS_BYTES} bytes, or give each route risk: high`
  return [finding('audience.broad-bundle', `${place}/claims`, { message, fix })]
}

function grantBytes(claim: Claim | undefined): number {
  if (claim?.kind !== 'authoritative' || claim.polarity !== 'grant') return 0
  return claim.maxBytes ?? 0
}
