import type { Claim, ForeignIssuer, OnUnverified, Registry, Route } from '../registry/registry.ts'
import { corroborated } from './stated-claims.ts'

/** The data of a claim that an edge needs to judge it. */
export interface MappedClaim {
  readonly source: string
  /** A second source whose lease must be current, too; absent: none. */
  readonly corroborates?: string
  readonly kind: 'authoritative' | 'descriptive'
  readonly onUnverified: OnUnverified
  readonly polarity: string
  /** Claims that it is derived from, transitively; it is stale when one of them is (rule 24). */
  readonly from: readonly string[]
}

/**
 * The part of the registry that edges judge by. It travels as a control record and heartbeats name
 * its version and hash; an edge without that very map is unverified (rule 21).
 */
export interface ClaimMap {
  /** The policy version it was derived from. */
  readonly version: number
  readonly account: string
  readonly cutOffs: readonly string[]
  /** Lease by source. A source that is not listed is unverified. */
  readonly leasesMs: ReadonlyMap<string, number>
  readonly claims: ReadonlyMap<string, MappedClaim>
  /** The longest time of a break-glass grant, in milliseconds; absent: no grant counts. */
  readonly grantMaxMs?: number
  /** Audiences that several tenants have tokens for: their edges name those that they serve; absent: none. */
  readonly shared?: ReadonlySet<string>
  /** Issuers of tokens that are judged by time, by their `iss`; absent: none. */
  readonly issuers?: ReadonlyMap<string, MappedIssuer>
  /** The requirements of routes, for edges that enforce them; absent: the map does not carry them. */
  readonly routes?: MappedRoutes
  /** The restricting claims of each audience, which bind every request; absent: the map does not carry them. */
  readonly restrictions?: MappedRestrictions
}

/** The data of an issuer that an edge needs to verify and judge its tokens. */
export type MappedIssuer = Omit<ForeignIssuer, 'name' | 'keys' | 'publicKeys' | 'issuances'> & {
  /**
   * Public JWKs. Only these keys of the issuer count, or those that are `published` if the registry names
   * them.
   */
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** Derives the map of a registry. The product's own source has no lease: nothing waits behind it. */
export function claimMapOf(registry: Registry): ClaimMap {
  const { breakGlassMaxMs: grantMaxMs } = registry
  const issuers = mappedIssuers(registry)
  const shared = sharedAudiences(registry)
  return {
    ...(grantMaxMs === undefined ? {} : { grantMaxMs }),
    ...(issuers.size === 0 ? {} : { issuers }),
    routes: mappedRoutes(registry),
    restrictions: mappedRestrictions(registry),
    ...(shared.size === 0 ? {} : { shared }),
    version: registry.version,
    account: registry.account,
    cutOffs: registry.cutOffs,
    leasesMs: new Map([...registry.sources.values()].map(({ id, leaseMs }) => [id, leaseMs])),
    claims: new Map(
      [...registry.claims.values()].map((claim) => [
        claim.name,
        {
          source: claim.source,
          ...corroboratesOf(claim),
          kind: claim.kind,
          onUnverified: claim.onUnverified,
          polarity: claim.polarity,
          from: derivedFrom(claim.name, registry),
        },
      ]),
    ),
  }
}

/** Tokens of a tenant come from its clients, and from foreign issuers of its subjects. */
function sharedAudiences({ clients, issuers = new Map() }: Registry): ReadonlySet<string> {
  const tenants = new Map<string, Set<string>>()
  for (const { tenant, audiences } of [...clients.values(), ...issuers.values()])
    for (const audience of audiences)
      tenants.set(audience, (tenants.get(audience) ?? new Set()).add(tenant))
  return new Set([...tenants].flatMap(([audience, { size }]) => (size > 1 ? audience : [])))
}

function mappedIssuers({ issuers = new Map() }: Registry): ReadonlyMap<string, MappedIssuer> {
  return new Map(
    [...issuers.values()].map(
      ({ name: _name, keys: _path, issuances: _source, publicKeys: keys = [], ...terms }) => [
        terms.issuer,
        { ...terms, keys },
      ],
    ),
  )
}

/**
 * The claims whose change times an edge must keep to judge foreign tokens: those that an issuer gives, and
 * those that these are derived from. An edge with any issuer also keeps the times of accounts, tenants and
 * clients.
 */
export function timedClaims(map: ClaimMap): ReadonlySet<string> {
  const given = [...(map.issuers?.values() ?? [])].flatMap(({ claims }) => [...claims.keys()])
  return new Set(given.flatMap((claim) => claimsBehind(map, claim)))
}

function corroboratesOf(claim: Claim): Pick<MappedClaim, 'corroborates'> {
  const other = corroborated(claim)
  return other === undefined ? {} : { corroborates: other.source }
}

/**
 * The claims whose loss is the loss of a claim: itself, and those that it is derived from (rule 24).
 * None for a descriptive one: it grants nothing, so there is nothing to lose, and it is judged as
 * the token that shows it. Without a map it may be any.
 */
export function claimsBehind(map: ClaimMap | undefined, claim: string): readonly string[] {
  const mapped = map?.claims.get(claim)
  if (mapped?.kind === 'descriptive') return []
  return [claim, ...(mapped?.from ?? [])]
}

/**
 * The sources that a claim depends on, each once: those of all claims behind it (rules 15 and 24), including
 * corroborating ones. A descriptive claim depends on the account source, like the token itself. The list is
 * empty if the claim is not mapped.
 */
export function sourcesBehind(map: ClaimMap, claim: string): readonly string[] {
  const mapped = map.claims.get(claim)
  if (mapped === undefined) return []
  if (mapped.kind === 'descriptive') return [map.account]
  const behind = claimsBehind(map, claim)
  const speaking = behind.flatMap((name) => {
    const { source, corroborates } = map.claims.get(name) ?? {}
    return [source, corroborates].filter((each) => each !== undefined)
  })
  return [...new Set(speaking)]
}

/** The claims that a claim is derived from, transitively. */
export function derivedFrom(name: string, registry: Registry): readonly string[] {
  const found = new Set<string>()
  const visit = (claim: string): void => {
    for (const parent of registry.claims.get(claim)?.from ?? []) {
      if (found.has(parent)) continue
      found.add(parent)
      visit(parent)
    }
  }
  visit(name)
  return [...found]
}

/** The data of a route that an edge needs to enforce it. */
export interface MappedRoute {
  /** Values of which the token must carry all, by claim. */
  readonly require: ReadonlyMap<string, readonly string[]>
  readonly risk: 'normal' | 'high'
  /** Until then the route refuses only tokens that are not valid; absent: it is enforced. */
  readonly observedUntilMs?: number
  /** Policies can refuse what `require` would allow, so the authority judges the request. */
  readonly hasPolicies: boolean
  /** Restricting claims of the audience that do not bind its requests; absent: all bind. */
  readonly ignores?: readonly string[]
}

/** Routes by audience, then by name as the registry writes it (`POST /approve`). */
export type MappedRoutes = ReadonlyMap<string, ReadonlyMap<string, MappedRoute>>

/** The routes of a registry as edges need them; audiences without routes are left out. */
export function mappedRoutes({ audiences }: Pick<Registry, 'audiences'>): MappedRoutes {
  const declared = [...audiences.values()].filter(({ routes }) => routes.size > 0)
  return new Map(
    declared.map(({ name, routes }) => [
      name,
      new Map([...routes].map(([route, terms]) => [route, mappedRoute(terms)])),
    ]),
  )
}

function mappedRoute({ require, risk, observedUntilMs, policies, ignores }: Route): MappedRoute {
  const observed = observedUntilMs === undefined ? {} : { observedUntilMs }
  const ignored = ignores === undefined ? {} : { ignores }
  return { require, risk, ...observed, hasPolicies: policies.length > 0, ...ignored }
}

/** The claims of each audience whose absence allows more. An audience without one is left out. */
export type MappedRestrictions = ReadonlyMap<string, readonly string[]>

/** A claim, as far as it restricts. */
interface Restricting {
  readonly kind: 'authoritative' | 'descriptive'
  readonly polarity: string
}

/** The part of a claim map that names restrictions. */
interface RestrictingMap {
  readonly claims: ReadonlyMap<string, Restricting>
  readonly restrictions?: MappedRestrictions
}

const NONE: readonly string[] = []

/**
 * Returns whether the absence of a claim allows more (rule 24). A polarity that this build does not know counts as
 * restricting. A descriptive claim decides nothing.
 */
export function isRestriction({ kind, polarity }: Restricting): boolean {
  return kind === 'authoritative' && polarity !== 'grant'
}

/** Returns the restricting claims of the audiences of a registry. */
function mappedRestrictions({
  audiences,
  claims,
}: Pick<Registry, 'audiences' | 'claims'>): MappedRestrictions {
  const restricts = (name: string): boolean => {
    const claim = claims.get(name)
    return claim !== undefined && isRestriction(claim)
  }
  return new Map(
    [...audiences.values()].flatMap(({ name, claims: carried }) => {
      const restricting = carried.filter(restricts)
      return restricting.length === 0 ? [] : [[name, restricting] as const]
    }),
  )
}

/**
 * Returns the claims that bind every request with a token for these audiences, whether the token carries them or not.
 * A map that does not list them by audience is of an older build: then every restricting claim of it binds.
 */
export function restrictionsOn(
  audiences: readonly string[],
  map: RestrictingMap | undefined,
): readonly string[] {
  if (map === undefined) return NONE
  const { restrictions } = map
  if (restrictions === undefined)
    return [...map.claims].flatMap(([name, claim]) => (isRestriction(claim) ? name : []))
  const bound = audiences.flatMap((audience) => restrictions.get(audience) ?? NONE)
  return bound.length === 0 ? NONE : [...new Set(bound)]
}

/** Returns the claims to judge where a request uses these, and restrictions bind it. The same list where nothing is added. */
export function withRestrictions(
  used: readonly string[],
  restrictions: readonly string[],
  ignored: readonly string[] = NONE,
): readonly string[] {
  const more = restrictions.filter((claim) => !used.includes(claim) && !ignored.includes(claim))
  return more.length === 0 ? used : [...used, ...more]
}
