import type { ClaimMap, MappedClaim } from './claim-map.ts'
import { claimsMintedFor, type JudgedToken } from './token.ts'

/**
 * The name under which a token is judged that carries, or is asked for, no claim at all: its
 * account, cut-offs and denials. No registry can declare a claim without a name.
 */
export const TOKEN_ITSELF = ''

const ITSELF: readonly string[] = [TOKEN_ITSELF]

/** The map with {@link TOKEN_ITSELF}, of which the account source speaks. */
export function withTokenItself(map: ClaimMap): ClaimMap {
  const itself: MappedClaim = {
    source: map.account,
    kind: 'authoritative',
    onUnverified: 'deny',
    polarity: 'grant',
    from: [],
  }
  return { ...map, claims: new Map([...map.claims, [TOKEN_ITSELF, itself]]) }
}

/** A token as far as it is judged itself: without the claims that it was minted for. */
export function withoutClaims(token: JudgedToken): JudgedToken {
  const { omitted: _, ...rest } = token
  return { ...rest, claims: new Map() }
}

/**
 * The claims that decide on a token where nobody says which are used: all authoritative ones that
 * it was minted for, carried or left out; without a map every claim may be one. A token without any is judged itself.
 */
export function decidingClaims(token: JudgedToken, map: ClaimMap | undefined): readonly string[] {
  const claims = claimsMintedFor(token).filter(
    (claim) => map === undefined || map.claims.get(claim)?.kind === 'authoritative',
  )
  return claims.length === 0 ? ITSELF : claims
}
