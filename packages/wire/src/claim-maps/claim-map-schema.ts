import type { IssuerMetadata } from '@freshet/protocol'
import * as z from 'zod'
import { JWKS_KEYS_MAX } from '../keys/keys.ts'
import { claimName, count, criticalOf, sourceId, tenantId, time } from '../json/wire-types.ts'

/** A claim of the claim map, on the wire. */
export interface WireMappedClaim {
  readonly source: string
  readonly kind: 'authoritative' | 'descriptive'
  readonly onUnverified: 'deny' | 'strip' | 'validate'
  readonly polarity: string
  readonly from: readonly string[]
}

/** An issuer of foreign tokens, on the wire; `margin` and `maxTtl` are in seconds. */
export interface WireMappedIssuer {
  readonly tenant: string
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  readonly published?: WirePublishedAt
  readonly audiences: readonly string[]
  /** The issuer's names of claims, by our names. */
  readonly claims: Readonly<Record<string, string>>
  readonly subjects: { readonly iss: string; readonly sub: string }
  readonly margin: number
  readonly maxTtl: number
  readonly rfc9068: boolean
}

/**
 * The place where an issuer publishes its keys, on the wire. One of the two addresses is present; `kept` is
 * in seconds.
 */
export interface WirePublishedAt {
  readonly jwksUri?: string
  readonly metadata?: IssuerMetadata
  readonly kept: number
}

/** A route of the claim map, on the wire. */
export interface WireMappedRoute {
  /** Values that the token must have, all of them, by claim. */
  readonly require: Readonly<Record<string, readonly string[]>>
  readonly risk: 'normal' | 'high'
  /** The day until which the route refuses only tokens that are not valid. */
  readonly observedUntil?: string
  /** Present if the route has policies: the authority judges each request. */
  readonly policies?: true
}

/** Routes by audience, then by name. */
export type WireMappedRoutes = Readonly<Record<string, Readonly<Record<string, WireMappedRoute>>>>

/** The claim map on the wire; `leases` are in seconds. */
export interface WireClaimMap {
  readonly version: number
  readonly account: string
  readonly cutOffs: readonly string[]
  readonly leases: Readonly<Record<string, number>>
  readonly claims: Readonly<Record<string, WireMappedClaim>>
  /** The longest time for which a break-glass grant is allowed to open a route, in seconds. */
  readonly openingMax?: number
  /** The issuers of foreign tokens, by `iss`. */
  readonly issuers?: Readonly<Record<string, WireMappedIssuer>>
  /** The routes by audience and name; absent if the writer is older, or if they take too many bytes. */
  readonly routes?: WireMappedRoutes
  /** Audiences that several tenants have tokens for. */
  readonly shared?: readonly string[]
  /**
   * The second source of a claim, by claim; its lease must be current. The member is critical: a reader that
   * does not know it must not judge.
   */
  readonly corroborates?: Readonly<Record<string, string>>
  readonly critical?: readonly string[]
}

const issuer: z.ZodType<WireMappedIssuer> = z.object({
  tenant: tenantId,
  keys: z.array(z.record(z.string(), z.unknown())).max(JWKS_KEYS_MAX),
  published: z
    .object({
      jwksUri: z.string().max(512).exactOptional(),
      metadata: z.enum(['oauth-authorization-server', 'openid-configuration']).exactOptional(),
      kept: z.number().positive(),
    })
    .exactOptional(),
  audiences: z.array(z.string()).max(1000),
  claims: z.record(claimName, z.string()),
  subjects: z.object({ iss: z.string(), sub: z.string() }),
  margin: z.number().positive(),
  maxTtl: z.number().positive(),
  rfc9068: z.boolean(),
})

const route: z.ZodType<WireMappedRoute> = z.object({
  require: z.record(claimName, z.array(z.string()).max(1000)),
  risk: z.enum(['normal', 'high']),
  observedUntil: time.exactOptional(),
  policies: z.literal(true).exactOptional(),
})

const names = z.array(sourceId).max(1000)

/** The claim map. An unknown kind or policy is refused: an edge cannot judge by half of it. */
export const claimMapSchema: z.ZodType<WireClaimMap> = z.object({
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
  openingMax: z.number().positive().exactOptional(),
  issuers: z.record(z.string(), issuer).exactOptional(),
  routes: z.record(z.string(), z.record(z.string(), route)).exactOptional(),
  shared: z.array(z.string().max(512)).max(1000).exactOptional(),
  corroborates: z.record(z.string(), sourceId).exactOptional(),
  critical: criticalOf(['corroborates']).exactOptional(),
})
