import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DENIALS_MAX, hasRoom, placesOfTenant, reservedPlaces } from './tenant-room.ts'

/** Fills a table: each step is a tenant that adds until it finds no room. */
function fill(max: number, tenants: readonly number[]): Map<number, number> {
  const held = new Map<number, number>()
  let all = 0
  for (const tenant of tenants)
    for (;;) {
      const heldByTenant = held.get(tenant) ?? 0
      if (!hasRoom({ held: all, heldByTenant }, max)) break
      held.set(tenant, heldByTenant + 1)
      all += 1
    }
  return held
}

describe('places of a table that tenants share', () => {
  it('go to one tenant up to two thirds of nine tenths', () => {
    expect(fill(DENIALS_MAX, [1]).get(1)).toBe(120_000)
    for (const max of [1_000, 2_000_000, DENIALS_MAX])
      expect(fill(max, [1]).get(1)).toBe(placesOfTenant(max))
  })

  it('leave room for the next tenant, however many filled what they could', () => {
    const held = fill(200_000, [1, 2, 3])
    expect([...held.values()]).toEqual([120_000, 40_000, 13_334])
    expect(fill(200_000, [...held.keys(), 4]).get(4)).toBeGreaterThan(4_000)
  })

  it('are reserved for a thousand tenants, whatever the others took', () => {
    const tenants = Array.from({ length: 1_000 }, (_, at) => at)
    const held = fill(20_000, tenants)
    expect(Math.min(...held.values())).toBeGreaterThanOrEqual(reservedPlaces(20_000))
    expect([...held.values()].reduce((sum, each) => sum + each)).toBeLessThanOrEqual(20_000)
  })

  it('are never more than there are', () => {
    const tables = fc.array(fc.nat(2_000), { maxLength: 3_000 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), tables, (max, tenants) => {
        const all = [...fill(max, tenants).values()].reduce((sum, each) => sum + each, 0)
        expect(all).toBeLessThanOrEqual(max)
      }),
      { numRuns: 50 },
    )
  })
})
