import { CONTROL_PARTITION, type ClaimMap, type MappedRestrictions } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { decodeRevocation } from '../revocations/revocation-record.ts'
import { encodeClaimMap, RESTRICTIONS_BYTES_MAX } from './claim-map-record.ts'

const rest = { version: 1, account: 'hr', cutOffs: [], leasesMs: new Map(), claims: new Map() }
const readBack = (map: ClaimMap) => {
  const { record } = encodeClaimMap(map)
  return decodeRevocation({ ...record, partition: CONTROL_PARTITION })
}
const bound = (entries: readonly (readonly [string, readonly string[]])[]): MappedRestrictions =>
  new Map(entries)

describe('the restricting claims of a claim map', () => {
  it('are read as they were written, also if there are none', () => {
    for (const restrictions of [bound([]), bound([['payments', ['holds', 'limits']]])])
      expect(readBack({ ...rest, restrictions })).toMatchObject({ map: { ...rest, restrictions } })
  })

  it('are absent in the map of an older build', () => {
    expect(readBack(rest)).not.toHaveProperty('map.restrictions')
  })

  it('give equal bytes whatever the order of their audiences', () => {
    const entries = [['a', ['holds']] as const, ['b', ['holds']] as const]
    const hashes = [entries, entries.toReversed()].map(
      (each) => encodeClaimMap({ ...rest, restrictions: bound(each) }).hash,
    )
    expect(hashes[0]).toBe(hashes[1])
  })

  it('are left out where they take too many bytes, so that every restricting claim binds', () => {
    const entry = (n: number) => [`audience-${n}`, ['x'.repeat(128)]] as const
    const fits = Math.floor(RESTRICTIONS_BYTES_MAX / 200)
    const some = Array.from({ length: fits }, (_, n) => entry(n))
    expect(readBack({ ...rest, restrictions: bound(some) })).toHaveProperty('map.restrictions')
    const many = Array.from({ length: fits * 2 }, (_, n) => entry(n))
    const read = readBack({ ...rest, restrictions: bound(many) })
    expect(read).toMatchObject({ map: rest })
    expect(read).not.toHaveProperty('map.restrictions')
  })
})
