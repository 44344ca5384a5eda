import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { UNTOUCHED_ACCOUNT, type AccountState } from '../changes/account-state.ts'
import { EMPTY_CLAIM, mergeStatement } from '../claims/claim-state.ts'
import type { Polarity } from '../claims/tightening.ts'
import { statedValues } from './claims-in-force.ts'

const version = (n: number) => ({ epoch: 0n, n: BigInt(n) })
const sources = [exampleSource('hr'), exampleSource('iga')]

/** Returns the values of a claim of IGA at version 1, after a deletion at version 10 by this source. */
function afterDeletion(deletedBy: string | null, account: string, polarity: Polarity = 'grant') {
  const claim = exampleClaim('holds', 'iga', { polarity })
  const state = mergeStatement(EMPTY_CLAIM, { op: 'set', values: ['x'], version: version(1) })
  const again: AccountState = {
    ...UNTOUCHED_ACCOUNT,
    source: account,
    version: version(12),
    deletedFloor: version(10),
    deletedBy,
  }
  const snapshot = {
    parties: [{ account: again }] as const,
    claims: new Map([['holds', { source: 'iga', state }]]),
    doubts: new Set<string>(),
    withdrawn: new Map(),
  }
  return statedValues(claim, snapshot, exampleRegistry(sources, [claim], { account }))
}

describe('the floor of a deletion (rule 33)', () => {
  it('concerns claims of the source that deleted the account', () => {
    expect(afterDeletion('iga', 'iga')).toEqual([])
    expect(afterDeletion('iga', 'hr')).toEqual([])
  })

  it('keeps claims of another source, whose versions do not compare', () => {
    expect(afterDeletion('hr', 'hr')).toEqual(['x'])
    expect(afterDeletion('hr', 'iga')).toEqual(['x'])
  })

  it('concerns grants of the account source, and no restriction, if its source was not stored', () => {
    expect(afterDeletion(null, 'iga')).toEqual([])
    expect(afterDeletion(null, 'iga', 'restrict')).toEqual(['x'])
    expect(afterDeletion(null, 'hr')).toEqual(['x'])
  })
})
