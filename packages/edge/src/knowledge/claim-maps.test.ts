import { claimMapOf, CONTROL_PARTITION, type PartitionView } from '@freshet/protocol'
import { acmeRegistry } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { ClaimMaps } from './claim-maps.ts'

const view = (partition: number, mapVersion: number, mapHash: string): PartitionView =>
  ({ partition, mapVersion, mapHash }) as PartitionView

/** The map of a version as two builds write it. */
const { routes, ...older } = claimMapOf(acmeRegistry())
const newer = { ...older, ...(routes && { routes }) }
const HERS = 3

describe('the claim map in force (rule 21)', () => {
  let maps: ClaimMaps
  beforeEach(() => {
    maps = new ClaimMaps(8)
    maps.hold({ scope: 'map', hash: 'older', map: older })
    maps.hold({ scope: 'map', hash: 'newer', map: newer })
  })

  it.each([
    ['the control partition first', [CONTROL_PARTITION, HERS]],
    ['the control partition last', [HERS, CONTROL_PARTITION]],
  ])('is what the control partition names of one version: %s', (_, partitions) => {
    const named = (hash: string, other: string): readonly PartitionView[] =>
      partitions.map((each) => view(each, 1, each === CONTROL_PARTITION ? hash : other))
    maps.select(named('newer', 'older'))
    expect(new Map(maps.current?.routes)).toEqual(routes)
    maps.select(named('older', 'newer'))
    expect(maps.current?.routes).toBeUndefined()
  })

  it('is none where a partition names a later version that is not held', () => {
    maps.select([view(CONTROL_PARTITION, 1, 'newer'), view(HERS, 2, 'unheard-of')])
    expect(maps.current).toBeUndefined()
  })
})
