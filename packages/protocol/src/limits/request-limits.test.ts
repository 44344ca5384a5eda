import { describe, expect, it } from 'vitest'
import { DENIALS_MAX, placesOfTenant } from '../edge-view/tenant-room.ts'
import { CLIENT_LIMITS, denialsAlive, TENANT_LIMITS } from './request-limits.ts'

/** Denials of sessions and tokens that an edge holds of one tenant at most (SECURITY.md). */
const EDGE_PLACES_OF_TENANT = placesOfTenant(DENIALS_MAX)
const HOUR_MS = 3_600_000

describe('the default limits of revocations', () => {
  it('leave most places of an edge free, for tokens of the longest life by default', () => {
    const ofClient = denialsAlive(CLIENT_LIMITS.revoke, HOUR_MS)
    const ofTenant = denialsAlive(TENANT_LIMITS.revoke, HOUR_MS)
    expect([ofClient, ofTenant]).toEqual([7_340, 14_680])
    // Also with four authorities, each of which counts by itself.
    expect(4 * ofTenant).toBeLessThan(EDGE_PLACES_OF_TENANT / 2)
  })

  it('are few with tokens of five minutes', () => {
    expect(denialsAlive(TENANT_LIMITS.revoke, 300_000)).toBe(1_480)
  })

  it('control: a client at the rate of the review, 24 a second, would take most of them', () => {
    const attackRate = { perSecond: 24, burst: 24 }
    expect(denialsAlive(attackRate, HOUR_MS)).toBeGreaterThan(EDGE_PLACES_OF_TENANT / 2)
  })
})
