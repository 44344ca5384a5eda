import type { ClaimMap, MappedClaim } from '../claims/claim-map.ts'
import { claimsMintedFor, type JudgedToken } from './token.ts'

/**
 * The name under which a token is judged that carries, or is asked for, no claim at all: its
 * account, cut-offs and denials. No registry can declare a claim without a name.
 */
export const TOKEN_ITSELF = ''

const ITSELF: readonly string[] = [TOKEN_ITSELF]

/** The map with {@link TOKEN_ITSELF}, which belongs to the account source. */
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

/**
 * A token as far as it is judged itself: without the claims that it was minted for, but for those
 * that its scopes are derived from.
 */
export function withoutClaims(token: JudgedToken): JudgedToken {
  const { omitted: _, ...rest } = token
  const { scopedBy = [] } = token
  return { ...rest, claims: new Map([...token.claims].filter(([name]) => scopedBy.includes(name))) }
}

/**
 * The claims to judge where a request uses these: the scopes of the token count at each use, so the
 * claims that they are derived from do. Returns the same list where it has all of them.
 */
export function withScopeClaims(
  used: readonly string[],
  { scopedBy }: Pick<JudgedToken, 'scopedBy'>,
): readonly string[] {
  if (scopedBy === undefined) return used
  const more = scopedBy.filter((claim) => !used.includes(claim))
  return more.length === 0 ? used : [...used, ...more]
}

/**
 * The claims that decide about a token if the caller names none: all authoritative ones that it was minted
 * for, carried or left out. Without a map, every claim might be authoritative. A token without any is judged
 * itself.
 */
export function decidingClaims(token: JudgedToken, map: ClaimMap | undefined): readonly string[] {
  const claims = claimsMintedFor(token).filter(
    (claim) => map === undefined || map.claims.get(claim)?.kind === 'authoritative',
  )
  return claims.length === 0 ? ITSELF : claims
}
