import * as z from 'zod'
import { claimName, count, critical, sourceId } from './wire-types.ts'

/** A claim of the claim map, on the wire. */
export interface WireMappedClaim {
  readonly source: string
  readonly kind: 'authoritative' | 'descriptive'
  readonly onUnverified: 'deny' | 'strip' | 'validate'
  readonly polarity: string
  readonly from: readonly string[]
}

/** The claim map on the wire; `leases` are in seconds. */
export interface WireClaimMap {
  readonly version: number
  readonly account: string
  readonly cutOffs: readonly string[]
  readonly leases: Readonly<Record<string, number>>
  readonly claims: Readonly<Record<string, WireMappedClaim>>
  /** In seconds: how long a route may be opened at most. */
  readonly openingMax?: number
  readonly critical?: readonly string[]
}

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
  critical: critical.exactOptional(),
})
