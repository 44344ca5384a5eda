import { describe, expect, it } from 'vitest'
import { exampleClaim, exampleRegistry } from '@freshet/testkit'
import {
  claimMapOf,
  type ClaimMap,
  isRestriction,
  restrictionsOn,
  withRestrictions,
} from './claim-map.ts'

const audience = (name: string, claims: readonly string[]) =>
  [name, { name, claims, ttlMs: 1, routes: new Map() }] as const
const map: ClaimMap = claimMapOf(
  exampleRegistry(
    [],
    [
      exampleClaim('groups', 'hr'),
      exampleClaim('holds', 'iga', { polarity: 'restrict' }),
      exampleClaim('limits', 'iga', { polarity: 'restrict' }),
      exampleClaim('note', 'iga', { polarity: 'restrict', kind: 'descriptive' }),
    ],
    {
      audiences: new Map([
        audience('payments', ['groups', 'holds', 'note']),
        audience('ledger', ['limits', 'holds']),
        audience('directory', ['groups', 'note']),
      ]),
    },
  ),
)

describe('the restrictions of a token (rule 24)', () => {
  it('are the restricting claims of its audiences, each once', () => {
    expect(map.restrictions).toEqual(
      new Map([
        ['payments', ['holds']],
        ['ledger', ['limits', 'holds']],
      ]),
    )
    expect(restrictionsOn(['payments'], map)).toEqual(['holds'])
    expect(restrictionsOn(['payments', 'ledger'], map)).toEqual(['holds', 'limits'])
    expect(restrictionsOn(['directory', 'unknown'], map)).toEqual([])
  })

  it('are all restricting claims of a map that does not list them by audience', () => {
    const { restrictions: _, ...older } = map
    expect(restrictionsOn(['directory'], older)).toEqual(['holds', 'limits'])
  })

  it('are none without a map, where nothing is fresh anyway', () => {
    expect(restrictionsOn(['payments'], undefined)).toEqual([])
  })

  it('include a polarity that this build does not know, and no descriptive claim', () => {
    expect(isRestriction({ kind: 'authoritative', polarity: 'odd' })).toBe(true)
    expect(isRestriction({ kind: 'descriptive', polarity: 'restrict' })).toBe(false)
    expect(isRestriction({ kind: 'authoritative', polarity: 'grant' })).toBe(false)
  })

  it('are added to the claims that a request uses, unless it ignores them', () => {
    const used = ['groups', 'holds']
    expect(withRestrictions(used, ['holds'])).toBe(used)
    expect(withRestrictions(used, ['holds', 'limits'])).toEqual(['groups', 'holds', 'limits'])
    expect(withRestrictions(used, ['limits'], ['limits'])).toBe(used)
  })
})
