import { PATTERN_LENGTH_MAX } from '@freshet/protocol'
import * as z from 'zod'
import { JWKS_KEYS_MAX } from '../keys/keys.ts'
import {
  claimName,
  count,
  criticalOf,
  sourceId,
  tenantId,
  time,
  type Wire,
} from '../json/wire-types.ts'

const publishedAt = z.object({
  jwksUri: z.string().max(512).exactOptional(),
  metadata: z.enum(['oauth-authorization-server', 'openid-configuration']).exactOptional(),
  kept: z.number().positive(),
})

/**
 * The place where an issuer publishes its keys, on the wire. One of the two addresses is present; `kept` is
 * in seconds.
 */
export type WirePublishedAt = Wire<typeof publishedAt>

const issuer = z.object({
  tenant: tenantId,
  keys: z.array(z.record(z.string(), z.unknown())).max(JWKS_KEYS_MAX),
  published: publishedAt.exactOptional(),
  audiences: z.array(z.string()).max(1000),
  /** The issuer's names of claims, by our names. */
  claims: z.record(claimName, z.string()),
  /** `pattern` is the form of each `sub`. A reader that does not know it accepts every spelling. */
  subjects: z.object({
    iss: z.string(),
    sub: z.string(),
    pattern: z.string().max(PATTERN_LENGTH_MAX).exactOptional(),
  }),
  margin: z.number().positive(),
  maxTtl: z.number().positive(),
  rfc9068: z.boolean(),
})

/** An issuer of foreign tokens, on the wire; `margin` and `maxTtl` are in seconds. */
export type WireMappedIssuer = Wire<typeof issuer>

const route = z.object({
  /** Values that the token must have, all of them, by claim. */
  require: z.record(claimName, z.array(z.string()).max(1000)),
  risk: z.enum(['normal', 'high']),
  /** The day until which the route refuses only tokens that are not valid. */
  observedUntil: time.exactOptional(),
  /** Present if the route has policies: the authority judges each request. */
  policies: z.literal(true).exactOptional(),
  /** Restricting claims that do not bind its requests. A reader that does not know the member judges them. */
  ignores: z.array(claimName).max(1000).exactOptional(),
})

/** A route of the claim map, on the wire. */
export type WireMappedRoute = Wire<typeof route>

const routes = z.record(z.string(), z.record(z.string(), route))

/** Routes by audience, then by name. */
export type WireMappedRoutes = Wire<typeof routes>

const restrictions = z.record(z.string(), z.array(claimName).max(1000))

/** The restricting claims by audience. */
export type WireRestrictions = Wire<typeof restrictions>

const names = z.array(sourceId).max(1000)

/** The claim map. An unknown kind or policy is refused: an edge cannot judge by half of it. */
export const claimMapSchema = z.object({
  version: count,
  account: sourceId,
  cutOffs: names,
  leases: z.record(z.string(), z.number().positive()),
  claims: z.record(
    z.string(),
    z.object({
      source: sourceId,
      kind: z.enum(['authoritative', 'descriptive']),
      onUnverified: z.enum(['deny', 'strip', 'validate']),
      polarity: z.string().max(32),
      from: z.array(claimName).max(1000),
    }),
  ),
  /** The longest time for which a break-glass grant is allowed to open a route, in seconds. */
  openingMax: z.number().positive().exactOptional(),
  /** The issuers of foreign tokens, by `iss`. */
  issuers: z.record(z.string(), issuer).exactOptional(),
  /** The routes by audience and name; absent if the writer is older, or if they take too many bytes. */
  routes: routes.exactOptional(),
  /**
   * The restricting claims of each audience, which bind every request; absent if the writer is older, or if they take too
   * many bytes: then every restricting claim of the map binds.
   */
  restrictions: restrictions.exactOptional(),
  /** Audiences that several tenants have tokens for. */
  shared: z.array(z.string().max(512)).max(1000).exactOptional(),
  /**
   * The second source of a claim, by claim; its lease must be current. The member is critical: a reader that
   * does not know it must not judge.
   */
  corroborates: z.record(z.string(), sourceId).exactOptional(),
  critical: criticalOf(['corroborates']).exactOptional(),
})

/** The claim map on the wire; `leases` are in seconds. */
export type WireClaimMap = Wire<typeof claimMapSchema>
