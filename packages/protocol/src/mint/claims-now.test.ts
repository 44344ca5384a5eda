import { exampleClaim, exampleRegistry } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { UNTOUCHED_ACCOUNT } from '../changes/account-state.ts'
import { EMPTY_CLAIM, mergeStatement } from '../claims/claim-state.ts'
import type { Claim } from '../registry/registry.ts'
import { claimsNow } from './claims-now.ts'
import type { PartiesState } from './mint-snapshot.ts'

const version = (n: bigint) => ({ epoch: 0n, n })
const groups = exampleClaim('groups', 'hr')
const names = ['groups', 'roles', 'moved']
const registry = exampleRegistry(
  [],
  names.map((name) => exampleClaim(name, 'hr')),
)
const stated = (...values: readonly string[]) =>
  mergeStatement(EMPTY_CLAIM, { op: 'set', values, version: version(5n) })
const partiesState = (more: Partial<PartiesState> = {}): PartiesState => ({
  parties: [{ account: UNTOUCHED_ACCOUNT }],
  claims: new Map([['groups', { source: 'hr', state: stated('a', 'b') }]]),
  doubts: new Set(),
  withdrawn: new Map(),
  ...more,
})

describe('the claims of a subject now', () => {
  it('are the values of its sources; a claim without a change has no value', () => {
    expect(claimsNow(['groups', 'roles', 'unknown'], partiesState(), registry)).toEqual({
      values: new Map([
        ['groups', ['a', 'b']],
        ['roles', []],
      ]),
      doubtful: [],
    })
  })

  it('lack what was withdrawn, and what an account lost that was deleted since (rules 6, 33)', () => {
    const withdrawn = new Map([['groups', new Map([['"a"', version(6n)]])]])
    expect(
      claimsNow(['groups'], partiesState({ withdrawn }), registry).values.get('groups'),
    ).toEqual(['b'])
    const account = { ...UNTOUCHED_ACCOUNT, deletedFloor: version(9n) }
    const { values } = claimsNow(['groups'], partiesState({ parties: [{ account }] }), registry)
    expect(values.get('groups')).toEqual([])
  })

  it('lack values that the registry does not list, which another version did', () => {
    const listing = (more: Partial<Claim>) =>
      claimsNow(['groups'], partiesState(), {
        ...registry,
        claims: new Map([['groups', { ...groups, ...more }]]),
      })
    expect(listing({ values: ['a', 'c'] })).toEqual({
      values: new Map([['groups', ['a']]]),
      doubtful: [],
    })
    // A restriction that is left out would allow more.
    expect(listing({ values: ['a'], polarity: 'restrict' }).doubtful).toEqual(['groups'])
    expect(listing({ pattern: '[ac]', polarity: 'restrict' }).doubtful).toEqual(['groups'])
    expect(listing({ pattern: '[ac]' }).values.get('groups')).toEqual(['a'])
    expect(listing({ pattern: '[a-c]' }).values.get('groups')).toEqual(['a', 'b'])
    expect(listing({ values: ['a', 'b'], polarity: 'restrict' }).doubtful).toEqual([])
    // Of two values at one version of a scalar, listing one does not choose it.
    expect(listing({ values: ['a'], shape: 'scalar' }).doubtful).toEqual(['groups'])
  })

  it('are in doubt after an unreadable record, or a change of another source (rules 20, 32)', () => {
    const claims = new Map([['moved', { source: 'iga', state: stated('a') }]])
    const unclear = partiesState({ doubts: new Set(['groups']), claims })
    const { doubtful } = claimsNow(['groups', 'roles', 'moved'], unclear, registry)
    expect(doubtful).toEqual(['groups', 'moved'])
  })
})
