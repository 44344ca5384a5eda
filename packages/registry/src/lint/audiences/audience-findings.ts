import { type Audience, type Claim, type Route, TOKEN_BYTES_MAX } from '@freshet/protocol'
import { writtenDuration } from '../../diff/difference.ts'
import { escaped, finding, pointer, type Finding } from '../finding.ts'
import type { LintedParts, ReadableRegistry } from '../readable-registry.ts'
import { repeats, unknownName } from '../reference-findings.ts'
import { routeFindings } from './route-findings.ts'
import { scopeFindings } from './scope-findings.ts'

/** Bytes of a token beside its claims: header, signature, registered claims and the label. */
const OTHER_BYTES = 1_024

/** @internal What is wrong with the audiences and their routes. */
export function audienceFindings(registry: LintedParts): readonly Finding[] {
  return [...registry.audiences.values()].flatMap((audience) => {
    const place = pointer('audiences', audience.name)
    const carried = audience.claims.map((name) => registry.claims.get(name))
    const large = tooLarge(audience, carried, place)
    return [
      ...namesClaims(registry, audience, place),
      ...carried.flatMap((claim) => tooLong(claim, audience, place)),
      ...withoutOrigin(registry, audience, place),
      ...unusedClaims(registry, audience, place),
      ...(large.length > 0 ? large : broadBundle(audience, carried, place)),
      ...scopeFindings(registry, audience, place),
      ...[...audience.routes].flatMap(([name, route]) =>
        routeFindings({
          registry,
          audience,
          route,
          name,
          place: `${place}/routes/${escaped(name)}`,
        }),
      ),
    ]
  })
}

function namesClaims(
  registry: LintedParts,
  { claims }: Audience,
  place: string,
): readonly Finding[] {
  const at = `${place}/claims`
  return [
    ...claims.flatMap((name, i) =>
      unknownName(registry, { code: 'claim.unknown', part: 'claims', name, place: `${at}/${i}` }),
    ),
    ...repeats(claims, at),
  ]
}

function tooLong(claim: Claim | undefined, audience: Audience, place: string): readonly Finding[] {
  if (claim === undefined || audience.ttlMs <= claim.maxTtlMs) return []
  const message = `tokens for ${audience.name} live longer than claim ${claim.name} allows`
  const fix = `use at most ${writtenDuration(claim.maxTtlMs)}, or leave ${claim.name} out`
  return [finding('ttl.above-maximum', `${place}/ttl`, { message, fix })]
}

/**
 * Tokens show which values of a claim they have, so whose withdrawal concerns them (rule 24). Each missing
 * origin is reported once, at the first claim that needs it.
 */
function withoutOrigin(
  { claims }: ReadableRegistry,
  audience: Audience,
  place: string,
): readonly Finding[] {
  const known = new Set(audience.claims)
  return audience.claims.flatMap((name, at) =>
    missingOrigins(name, claims, known).map((origin) =>
      finding('claim.without-origin', `${place}/claims/${at}`, {
        message: `tokens for ${audience.name} carry ${name} without ${origin}, which it is derived from`,
        fix: `add ${origin} to the claims of ${audience.name}, or leave ${name} out`,
      }),
    ),
  )
}

/** Adds what it found to what is known. */
function missingOrigins(
  name: string,
  claims: ReadableRegistry['claims'],
  known: Set<string>,
): readonly string[] {
  const missing: string[] = []
  const open = [name]
  for (let claim = open.pop(); claim !== undefined; claim = open.pop()) {
    for (const origin of claims.get(claim)?.from ?? []) {
      if (known.has(origin) || !claims.has(origin)) continue
      known.add(origin)
      missing.push(origin)
      open.push(origin)
    }
  }
  return missing
}

/** Without routes, the use of claims is unknown. */
function unusedClaims(
  registry: ReadableRegistry,
  { name, claims, routes, scopes = new Map() }: Audience,
  place: string,
): readonly Finding[] {
  const required = new Set(
    [...routes.values()].flatMap((route: Route) => [...route.require.keys()]),
  )
  if (required.size === 0) return []
  for (const scope of scopes.values()) for (const claim of scope.require.keys()) required.add(claim)
  // The origins of a derived claim are used with it.
  for (const claim of claims)
    for (const origin of registry.claims.get(claim)?.from ?? []) required.add(origin)
  return claims.flatMap((claim, at) => {
    if (required.has(claim) || !isGrant(registry.claims.get(claim))) return []
    const message = `tokens for ${name} carry ${claim}, which no route or scope of it requires`
    const fix = `leave ${claim} out, or declare the route or scope that needs it`
    return [finding('audience.unused-claim', `${place}/claims/${at}`, { message, fix })]
  })
}

/** A restriction is used by who finds it, without being required. */
function isGrant(claim: Claim | undefined): boolean {
  return claim?.kind === 'authoritative' && claim.polarity === 'grant'
}

/** A token is base64url, four characters for three bytes; claims without a limit do not count. */
function tooLarge(
  { name, maxBytes }: Audience,
  carried: readonly (Claim | undefined)[],
  place: string,
): readonly Finding[] {
  const sum = carried.reduce((bytes, claim) => bytes + (claim?.maxBytes ?? 0), 0)
  const bytes = OTHER_BYTES + Math.ceil((Math.min(sum, maxBytes ?? sum) * 4) / 3)
  if (bytes <= TOKEN_BYTES_MAX) return []
  const message = `tokens for ${name} may grow to ${bytes} bytes, and one of more than ${TOKEN_BYTES_MAX} is refused`
  const fix = 'carry fewer claims, lower their maxBytes, or give the audience a maxBytes of its own'
  return [finding('audience.too-large', `${place}/claims`, { message, fix })]
}

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
