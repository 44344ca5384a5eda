import { exampleClaim } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { UNTOUCHED_ACCOUNT } from '../changes/account-state.ts'
import { claimMapOf, sourcesBehind } from '../claims/claim-map.ts'
import { EMPTY_CLAIM, mergeStatement } from '../claims/claim-state.ts'
import type { Claim, Registry } from '../registry/registry.ts'
import type { ClaimValue } from '../scope/scope.ts'
import { corroborated } from '../claims/stated-claims.ts'
import { claimsNow } from './claims-now.ts'
import type { PartiesState } from './mint-snapshot.ts'

const version = (n: bigint) => ({ epoch: 0n, n })
const groups = exampleClaim('groups', 'hr', { corroborates: 'directory', maxTtlMs: 300_000 })
const OTHER = corroborated(groups)?.name ?? ''
const stated = (values: readonly ClaimValue[]) =>
  mergeStatement(EMPTY_CLAIM, { op: 'set', values, version: version(5n) })

/** The minted values of the claim if hr has these and the directory those. */
function minted(
  hr: readonly ClaimValue[],
  directory: readonly ClaimValue[] | undefined,
  more: Partial<Claim> & { readonly state?: Partial<PartiesState> } = {},
) {
  const { state, ...claim } = more
  const words: [string, { source: string; state: ReturnType<typeof stated> }][] = [
    ['groups', { source: 'hr', state: stated(hr) }],
    ...(directory === undefined
      ? []
      : [[OTHER, { source: 'directory', state: stated(directory) }] as never]),
  ]
  const subject: PartiesState = {
    parties: [{ account: UNTOUCHED_ACCOUNT }],
    claims: new Map(words),
    doubts: new Set(),
    withdrawn: new Map(),
    ...state,
  }
  const registry = { account: 'hr', claims: new Map([['groups', { ...groups, ...claim }]]) }
  const { values, doubtful } = claimsNow(['groups'], subject, registry as unknown as Registry)
  return doubtful.length > 0 ? 'doubt' : values.get('groups')
}

describe('a corroborated claim is minted as the narrower of both sources', () => {
  it.each<[string, readonly ClaimValue[], readonly ClaimValue[] | undefined, unknown]>([
    ['what both give', ['a', 'b'], ['b', 'c'], ['b']],
    ['all where they agree', ['a', 'b'], ['b', 'a'], ['a', 'b']],
    ['nothing where they share nothing', ['a'], ['b'], []],
    ['nothing where the second never spoke of the subject', ['a'], undefined, []],
    ['no value that is only alike', [7], ['7'], []],
  ])('a set: %s', (_, hr, directory, expected) => {
    expect(minted(hr, directory)).toEqual(expected)
  })

  it('a scalar: the value where they are equal, else none', () => {
    expect(minted(['gold'], ['gold'], { shape: 'scalar' })).toEqual(['gold'])
    expect(minted(['gold'], ['silver'], { shape: 'scalar' })).toEqual([])
  })

  it('a restriction of either counts; of a scalar with two, the value is unknown', () => {
    expect(minted(['a'], ['b'], { polarity: 'restrict' })).toEqual(['a', 'b'])
    expect(minted(['a'], ['a'], { polarity: 'restrict', shape: 'scalar' })).toEqual(['a'])
    expect(minted(['a'], ['b'], { polarity: 'restrict', shape: 'scalar' })).toBe('doubt')
  })

  it('less what either withdrew from everybody, by its own versions', () => {
    const withdrawn = new Map([[OTHER, new Map([['"a"', version(6n)]])]])
    expect(minted(['a', 'b'], ['a', 'b'], { state: { withdrawn } })).toEqual(['b'])
  })

  it('no claim is minted while a change of either is in doubt (rules 20 and 32)', () => {
    expect(minted(['a'], ['a'], { state: { doubts: new Set([OTHER]) } })).toBe('doubt')
    expect(minted(['a'], ['a'], { state: { doubts: new Set(['groups']) } })).toBe('doubt')
  })

  it('control: without the second source, the values of the first are minted', () => {
    const alone = { ...groups }
    delete (alone as { corroborates?: string }).corroborates
    expect(minted(['a', 'b'], ['b'], { kind: 'descriptive' })).toEqual(['a', 'b'])
    expect(corroborated(alone)).toBeUndefined()
  })
})

it('rests on both sources, so edges need the heartbeats of both (rule 15)', () => {
  const registry = {
    version: 1,
    account: 'hr',
    cutOffs: [],
    sources: new Map(),
    audiences: new Map(),
    clients: new Map(),
    claims: new Map([
      ['groups', groups],
      ['derived', { ...groups, name: 'derived', source: 'iga', from: ['groups'] }],
    ]),
  } as unknown as Registry
  const map = claimMapOf(registry)
  expect(sourcesBehind(map, 'groups')).toEqual(['hr', 'directory'])
  expect(sourcesBehind(map, 'derived')).toEqual(['iga', 'directory', 'hr'])
})
