import {
  corroborated,
  partitionOf,
  type BatchDecision,
  type Change,
  type Claim,
  type ClaimChange,
  type Registry,
} from '@freshet/protocol'
import {
  acmeRegistry,
  AMY,
  createDecider,
  groupsChange,
  hrOrigin,
  type Decider,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = partitionOf(AMY)

/** The registry in which `iga` states `groups` too. */
function corroborating(more: Partial<Claim> = {}): Registry {
  const registry = acmeRegistry()
  const iga = registry.sources.get('iga')
  const groups = registry.claims.get('groups')
  if (iga === undefined || groups === undefined) throw new Error('The registry has other names.')
  return {
    ...registry,
    sources: new Map([...registry.sources, ['iga', { ...iga, versions: 'feed' }]]),
    claims: new Map([...registry.claims, ['groups', { ...groups, corroborates: 'iga', ...more }]]),
  }
}

const OF_IGA = corroborated(corroborating().claims.get('groups') as Claim)?.name ?? ''
let decider: Decider
beforeEach(() => {
  decider = createDecider(corroborating())
})

const hr = (id: string, op: ClaimChange['op'], values: readonly string[], n: number) =>
  decide(groupsChange(id, AMY, { op, values, n }))
const iga = (id: string, op: ClaimChange['op'], values: readonly string[], n: number) =>
  decide({ ...groupsChange(id, AMY, { op, values, n }), source: 'iga' })
const decide = (change: Change): BatchDecision => decider.decide(change, P)

describe('a claim that a second source states', () => {
  test('has the values of each source apart from the other’s (rule 32)', () => {
    hr('a1', 'set', ['x', 'y'], 9)
    iga('b1', 'set', ['y', 'z'], 1)
    expect(decider.world.mint(AMY, 'groups')).toEqual(['x', 'y'])
    expect(decider.world.mint(AMY, OF_IGA)).toEqual(['y', 'z'])
  })

  test('is tightened by what either takes away', () => {
    hr('a1', 'set', ['x'], 1)
    iga('b1', 'set', ['x'], 1)
    const label = decider.world.label(AMY)
    const { watermarks, publications, marks } = iga('b2', 'remove', ['x'], 2)
    expect(watermarks).toMatchObject([
      { scope: { kind: 'subject', claim: 'groups' }, source: 'iga' },
    ])
    expect(publications).toHaveLength(1)
    expect(marks).toMatchObject([{ claim: 'groups' }])
    expect(decider.world.isStale(label, AMY, 'groups')).toBe(true)
  })

  test('control: without an entry in the registry the second source can send nothing of it', () => {
    decider = createDecider()
    const { quarantine, watermarks } = iga('b1', 'remove', ['x'], 1)
    expect(quarantine).toMatchObject([{ code: 'event.forbidden' }])
    expect(watermarks).toEqual([])
  })

  test('discloses no value: the rest is unknown from the change of one source', () => {
    decider = createDecider(corroborating({ publish: true }))
    hr('a1', 'set', ['x', 'y'], 1)
    const [published] = hr('a2', 'remove', ['x'], 2).publications
    expect(published).toMatchObject({
      revocation: { claims: new Map([['groups', { values: null }]]) },
    })
  })

  test('is in doubt by an unreadable record of either, until that one settles it (rule 20)', () => {
    hr('a1', 'set', ['x'], 1)
    const about = {
      tenant: 'acme',
      source: 'iga',
      subject: AMY,
      claim: 'groups',
      id: 'u1',
    } as const
    const stamp = { partition: P, number: 1n }
    const record = { kind: 'unreadable', ...about, stamp, contentHash: 'h', rule: 'r' } as const
    const { doubts, watermarks } = decider.take(record, P)
    expect(doubts).toMatchObject([{ claim: OF_IGA, raised: true }])
    expect(watermarks).toMatchObject([{ scope: { claim: 'groups' } }])
    const settles = doubts.map(({ ref }) => ref)
    const stated = groupsChange('a2', AMY, { op: 'set', values: ['x'], n: 2 })
    const own = decide({ ...stated, settles })
    expect(own.doubts).toMatchObject([{ claim: 'groups', settled: true, raised: false }])
    const theirs = decide({ ...stated, id: 'b2', source: 'iga', settles })
    expect(theirs.doubts).toMatchObject([{ claim: OF_IGA, settled: true }])
  })

  test('loses a value that either withdraws from everybody, by that one’s own versions (rule 6)', () => {
    const origin = { ...hrOrigin('w1', 7), source: 'iga', claim: 'groups', value: 'x' }
    const decision = decider.decide({ ...origin, kind: 'value-withdrawn' }, 0)
    expect(decision.withdrawn).toMatchObject([{ claim: OF_IGA, value: '"x"' }])
    expect(decision.watermarks).toMatchObject([{ scope: { kind: 'value', claim: 'groups' } }])
  })

  test('of a subject that was deleted, is in doubt if its source does not own accounts', () => {
    const { doubts } = decider.decide(
      { ...hrOrigin('d1', 5), kind: 'account', subject: AMY, op: 'deleted' },
      0,
    )
    expect(doubts.map(({ claim }) => claim)).toEqual([OF_IGA, 'entitlements'])
  })
})

describe('a contradiction of two sources', () => {
  const versions = (mine: bigint, theirs: bigint) => ({
    owner: { source: 'hr', version: { epoch: 0n, n: mine } },
    witness: { source: 'iga', version: { epoch: 0n, n: theirs } },
  })

  test('is recorded with the versions of both and no value, from when it began', () => {
    expect(hr('a1', 'set', ['secret'], 1).contradictions).toEqual([])
    const [found, ...more] = iga('b1', 'set', ['other'], 4).contradictions
    expect(more).toEqual([])
    expect(found).toEqual({
      subject: AMY,
      claim: 'groups',
      ...versions(1n, 4n),
      stands: true,
      isNew: true,
      change: 'b1',
    })
    expect(hr('a2', 'add', ['third'], 2).contradictions).toMatchObject([
      { ...versions(2n, 4n), stands: true, isNew: false },
    ])
  })

  test('is over when both send the same again', () => {
    hr('a1', 'set', ['x', 'y'], 1)
    iga('b1', 'set', ['x'], 1)
    expect(hr('a2', 'remove', ['y'], 2).contradictions).toMatchObject([
      { ...versions(2n, 1n), stands: false, isNew: false },
    ])
    expect(hr('a3', 'set', ['x'], 3).contradictions).toEqual([])
  })

  test('is none if one of them never sent the claim of the subject', () => {
    expect(iga('b1', 'set', ['x'], 1).contradictions).toEqual([])
    decider = createDecider(corroborating())
    expect(hr('a1', 'clear', [], 1).contradictions).toEqual([])
  })

  test('is found by a full statement of either, too', () => {
    hr('a1', 'set', ['x'], 1)
    iga('b1', 'set', ['x'], 1)
    decide({ ...hrOrigin('s1', 5), source: 'iga', kind: 'snapshot-begin' })
    const decision = decide({ ...hrOrigin('s2', 5), source: 'iga', kind: 'snapshot-end' })
    expect(decision.contradictions).toMatchObject([
      { claim: 'groups', ...versions(1n, 5n), stands: true, isNew: true },
    ])
    expect(decision.watermarks).toMatchObject([{ scope: { claim: 'groups' } }])
  })
})
