import type {
  ClaimMap,
  MapAnnouncement,
  MappedClaim,
  MappedIssuer,
  PublishedAt,
  MappedRestrictions,
  MappedRoute,
  MappedRoutes,
} from '@freshet/protocol'
import { formatRfc3339, parseRfc3339 } from '../json/rfc3339.ts'
import { sha256Text } from '../keys/framing.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { bytesOf, cloudEventHeaders, parseOwnJson } from '../log/record-bytes.ts'
import {
  claimMapSchema,
  type WireClaimMap,
  type WireMappedIssuer,
  type WirePublishedAt,
  type WireRestrictions,
  type WireMappedRoute,
  type WireMappedRoutes,
} from './claim-map-schema.ts'

interface EncodedClaimMap {
  readonly record: OutgoingRecord
  readonly hash: string
}

/** A map is a value, and one map lasts for a whole policy version. Every publication needs its hash. */
const encoded = new WeakMap<ClaimMap, EncodedClaimMap>()

/**
 * Encodes the claim map as a record of the control partition, with the hash that heartbeats name. Equal maps
 * give equal bytes, in whatever order their entries were written.
 */
export function encodeClaimMap(map: ClaimMap): EncodedClaimMap {
  const known = encoded.get(map)
  if (known !== undefined) return known
  const made = encodedAnew(map)
  encoded.set(map, made)
  return made
}

function encodedAnew(map: ClaimMap): EncodedClaimMap {
  const value = canonicalBytes(map)
  const hash = sha256Text(value)
  const attributes = { id: hash, source: 'freshet', type: EVENT_TYPES.claimMap }
  return {
    record: { key: bytesOf('["map"]'), value, headers: cloudEventHeaders(attributes) },
    hash,
  }
}

/** Returns the base64url SHA-256 over the canonical bytes of a map. */
export function claimMapHash(map: ClaimMap): string {
  return encodeClaimMap(map).hash
}

function canonicalBytes(map: ClaimMap): Uint8Array {
  const wire: WireClaimMap = {
    version: map.version,
    account: map.account,
    cutOffs: map.cutOffs,
    leases: sorted(map.leasesMs, (leaseMs) => leaseMs / 1000),
    claims: sorted(map.claims, ({ source, kind, onUnverified, polarity, from }) => ({
      source,
      kind,
      onUnverified,
      polarity,
      from,
    })),
    ...(map.grantMaxMs === undefined ? {} : { openingMax: map.grantMaxMs / 1000 }),
    ...(map.issuers === undefined ? {} : { issuers: sorted(map.issuers, wireIssuer) }),
    ...routesIn(map),
    ...restrictionsIn(map),
    ...(map.shared === undefined ? {} : { shared: [...map.shared].sort() }),
    ...corroborationOf(map),
  }
  return bytesOf(JSON.stringify(wire))
}

function routesIn({ routes }: ClaimMap): Pick<WireClaimMap, 'routes'> {
  const wire = routes && wireRoutes(routes)
  return wire === undefined ? {} : { routes: wire }
}

function restrictionsIn({ restrictions }: ClaimMap): Pick<WireClaimMap, 'restrictions'> {
  const wire = restrictions && wireRestrictions(restrictions)
  return wire === undefined ? {} : { restrictions: wire }
}

function wireIssuer(issuer: MappedIssuer): WireMappedIssuer {
  const { tenant, keys, audiences, claims, subjects, marginMs, maxTtlMs, rfc9068 } = issuer
  return {
    tenant,
    keys,
    ...(issuer.published === undefined ? {} : { published: wirePublished(issuer.published) }),
    audiences,
    claims: sorted(claims, (theirs) => theirs),
    subjects: {
      iss: subjects.iss,
      sub: subjects.sub,
      ...(subjects.pattern === undefined ? {} : { pattern: subjects.pattern }),
    },
    margin: marginMs / 1000,
    maxTtl: maxTtlMs / 1000,
    rfc9068,
  }
}

function wirePublished({ keptMs, ...where }: PublishedAt): WirePublishedAt {
  return { ...where, kept: keptMs / 1000 }
}

function issuerOf(issuer: string, wire: WireMappedIssuer): MappedIssuer {
  const { claims, margin, maxTtl, published, ...same } = wire
  const times = { marginMs: Math.round(margin * 1000), maxTtlMs: Math.round(maxTtl * 1000) }
  return {
    issuer,
    ...same,
    ...times,
    ...(published === undefined ? {} : { published: publishedAt(published) }),
    claims: new Map(Object.entries(claims)),
  }
}

function publishedAt({ kept, ...where }: WirePublishedAt): PublishedAt {
  return { ...where, keptMs: Math.round(kept * 1000) }
}

function corroborationOf({ claims }: ClaimMap): Pick<WireClaimMap, 'corroborates' | 'critical'> {
  const corroborating = [...claims].filter(([, { corroborates }]) => corroborates !== undefined)
  if (corroborating.length === 0) return {}
  const corroborates = sorted(new Map(corroborating), (claim) => claim.corroborates ?? '')
  return { corroborates, critical: ['corroborates'] }
}

/**
 * Reads a claim map. The hash is over the original bytes. So a map with members that this build does not know
 * keeps the hash that its heartbeats name.
 */
export function decodeClaimMap(value: Uint8Array | null): MapAnnouncement | undefined {
  const { data } = claimMapSchema.safeParse(parseOwnJson(value))
  if (!data || value === null) return undefined
  const { version, account, cutOffs } = data
  const leasesMs = Object.entries(data.leases).map(
    ([source, lease]) => [source, Math.round(lease * 1000)] as const,
  )
  const { corroborates = {} } = data
  const mapped = Object.entries(data.claims).map(([name, claim]): [string, MappedClaim] => {
    const other = Object.hasOwn(corroborates, name) ? corroborates[name] : undefined
    return [name, other === undefined ? claim : { ...claim, corroborates: other }]
  })
  const claims = new Map(mapped)
  const map = { version, account, cutOffs, leasesMs: new Map(leasesMs), claims }
  const { openingMax } = data
  const opens = openingMax === undefined ? {} : { grantMaxMs: Math.round(openingMax * 1000) }
  const routes = data.routes === undefined ? {} : { routes: routesOf(data.routes) }
  const shared = data.shared === undefined ? {} : { shared: new Set(data.shared) }
  const bound =
    data.restrictions === undefined
      ? {}
      : { restrictions: new Map(Object.entries(data.restrictions)) }
  const whole = { ...map, ...opens, ...issuersIn(data), ...shared, ...routes, ...bound }
  return { scope: 'map', map: whole, hash: sha256Text(value) }
}

function issuersIn({ issuers }: WireClaimMap): Pick<ClaimMap, 'issuers'> {
  if (issuers === undefined) return {}
  const entries = Object.entries(issuers)
  return { issuers: new Map(entries.map(([issuer, wire]) => [issuer, issuerOf(issuer, wire)])) }
}

/**
 * Most bytes of the restricting claims in a claim map. A map with more has none, and edges then judge by every
 * restricting claim of the map.
 */
export const RESTRICTIONS_BYTES_MAX: number = 128 * 1024

/** Returns the restricting claims in the order of their audiences; `undefined` if they take too many bytes. */
function wireRestrictions(restrictions: MappedRestrictions): WireRestrictions | undefined {
  const wire = sorted(restrictions, (claims) => claims)
  return Buffer.byteLength(JSON.stringify(wire)) > RESTRICTIONS_BYTES_MAX ? undefined : wire
}

/**
 * Most bytes of the routes in a claim map: about 2,000 routes. A map with more has none, and sidecars then
 * enforce their file as long as it is the version in force.
 */
const ROUTES_BYTES_MAX: number = 256 * 1024

/** Returns the routes in the order of their names; `undefined` if they take too many bytes. */
function wireRoutes(routes: MappedRoutes): WireMappedRoutes | undefined {
  const wire = sorted(routes, (ofAudience) => sorted(ofAudience, wireRoute))
  return Buffer.byteLength(JSON.stringify(wire)) > ROUTES_BYTES_MAX ? undefined : wire
}

function wireRoute({
  require,
  risk,
  observedUntilMs,
  hasPolicies,
  ignores,
}: MappedRoute): WireMappedRoute {
  return {
    require: sorted(require, (values) => values),
    risk,
    ...(observedUntilMs === undefined ? {} : { observedUntil: formatRfc3339(observedUntilMs) }),
    ...(hasPolicies ? { policies: true } : {}),
    ...(ignores === undefined ? {} : { ignores }),
  }
}

/** Returns the routes of their wire form. */
function routesOf(wire: WireMappedRoutes): MappedRoutes {
  return new Map(
    Object.entries(wire).map(([audience, routes]) => [
      audience,
      new Map(Object.entries(routes).map(([name, route]) => [name, routeOf(route)])),
    ]),
  )
}

function routeOf({
  require,
  risk,
  observedUntil,
  policies,
  ignores,
}: WireMappedRoute): MappedRoute {
  const untilMs = observedUntil === undefined ? undefined : parseRfc3339(observedUntil)
  return {
    require: new Map(Object.entries(require)),
    risk,
    ...(untilMs === undefined ? {} : { observedUntilMs: untilMs }),
    hasPolicies: policies === true,
    ...(ignores === undefined ? {} : { ignores }),
  }
}

/** JavaScript moves names that look like array indexes to the front, for every writer alike. */
function sorted<T, U>(map: ReadonlyMap<string, T>, of: (value: T) => U): Record<string, U> {
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, value]) => [name, of(value)]))
}
