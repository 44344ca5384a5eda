import { CONTROL_PARTITION, type ClaimMap, type MappedRoutes } from '@freshet/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeClaimMap } from './claim-map-record.ts'
import { decodeRevocation } from '../revocations/revocation-record.ts'

const word = fc.stringMatching(/^[a-z]{1,8}$/)
const mapOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<ReadonlyMap<string, T>> =>
  fc.array(fc.tuple(word, value), { maxLength: 3 }).map((entries) => new Map(entries))

const mappedRoutes: fc.Arbitrary<MappedRoutes> = mapOf(
  mapOf(
    fc.record(
      {
        require: mapOf(fc.array(fc.string(), { maxLength: 3 })),
        risk: fc.constantFrom('normal' as const, 'high' as const),
        observedUntilMs: fc.integer({ min: 0, max: 4e12 }),
        hasPolicies: fc.boolean(),
        ignores: fc.array(word, { maxLength: 3 }),
      },
      { requiredKeys: ['require', 'risk', 'hasPolicies'] },
    ),
  ),
)

const rest = { version: 1, account: 'hr', cutOffs: [], leasesMs: new Map(), claims: new Map() }
const readBack = (map: ClaimMap) => {
  const { record } = encodeClaimMap(map)
  return decodeRevocation({ ...record, partition: CONTROL_PARTITION })
}

describe('the routes of a claim map', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(mappedRoutes, (routes) => {
        expect(readBack({ ...rest, routes })).toMatchObject({ map: { ...rest, routes } })
      }),
    )
  })

  it('give equal bytes whatever their order', () => {
    const route = { require: new Map(), risk: 'normal', hasPolicies: false } as const
    const routes = [['GET /a', route] as const, ['GET /b', route] as const]
    const hashes = [routes, routes.toReversed()].map(
      (each) => encodeClaimMap({ ...rest, routes: new Map([['payments', new Map(each)]]) }).hash,
    )
    expect(hashes[0]).toBe(hashes[1])
  })

  it('are left out where they take too many bytes; the map stays readable', () => {
    const route = { require: new Map([['groups', ['x'.repeat(1_000)]]]), risk: 'normal' } as const
    const routes = Array.from({ length: 300 }, (_, n) => {
      return [`GET /${n}`, { ...route, hasPolicies: false }] as const
    })
    const read = readBack({ ...rest, routes: new Map([['payments', new Map(routes)]]) })
    expect(read).toMatchObject({ map: rest })
    expect(read).not.toHaveProperty('map.routes')
  })
})
