import {
  partitionOf,
  PARTITIONS,
  scopeKey,
  type Arrival,
  type BatchDecision,
  type Change,
} from '@freshet/protocol'
import {
  acmeRegistry,
  AMY,
  createDecider,
  foreignIssuer,
  groupsChange,
  hrOrigin,
  type Decider,
} from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const P = partitionOf(AMY)
let at: Decider

beforeEach(() => {
  at = createDecider()
})

const decide = (change: Change, partition = P): BatchDecision => at.decide(change, partition)
const take = (arrival: Arrival, partition = P): BatchDecision => at.take(arrival, partition)
const groups = (id: string, op: 'set' | 'add' | 'remove' | 'clear', values: string[], n: number) =>
  groupsChange(id, AMY, { op, values, n })
const heartbeat = (last: number, throughMs: number, partition = P): BatchDecision =>
  take(
    {
      kind: 'heartbeat',
      heartbeat: { kind: 'heartbeat', tenant: 'acme', source: 'hr', throughMs, last: BigInt(last) },
    },
    partition,
  )
const throughOf = (partition = P): number | null | undefined =>
  at.world.feed(partition, 'hr')?.feed.throughMs
const amysGroups = scopeKey({ kind: 'subject', subject: AMY, claim: 'groups' })

describe('a claim change', () => {
  test('that takes something away raises the watermark behind itself and publishes', () => {
    decide(groups('c1', 'set', ['x', 'y'], 1))
    const { publications, marks, log } = decide(groups('c2', 'remove', ['x'], 2))
    expect(at.world.watermarks.get(amysGroups)).toEqual({ e: 1n, offset: 2n })
    expect(publications).toMatchObject([
      {
        kind: 'revocation',
        revocation: { id: `1-${P}-1`, scope: 'subject', change: 'c2', subject: AMY },
      },
    ])
    expect(marks).toMatchObject([{ kind: 'subject', claim: 'groups', position: 2n }])
    expect(log).toMatchObject([{ id: 'c2', outcome: 'applied', tightened: true, class: 'reduce' }])
  })

  test('that takes nothing away raises nothing', () => {
    for (const [n, op] of (['add', 'set', 'remove'] as const).entries()) {
      const values = op === 'remove' ? ['never'] : ['x']
      const { publications, watermarks } = decide(groups(`c${n}`, op, values, n))
      expect([publications, watermarks]).toEqual([[], []])
    }
  })

  test('a set, remove or clear raises the time where tokens are judged by it (rule 8)', () => {
    at = createDecider(acmeRegistry({ issuers: new Map([['sts', foreignIssuer()]]) }))
    decide(groups('c1', 'add', ['x'], 1))
    expect(at.world.timesMs.get(amysGroups)).toBeUndefined()
    const { log } = decide(groups('c2', 'set', ['x', 'y'], 2))
    expect(log).toMatchObject([{ outcome: 'applied', tightened: false }])
    expect(at.world.timesMs.get(amysGroups)).toBe(1_795_514_400_002)
    decide(groups('c3', 'remove', ['never'], 3))
    expect(at.world.timesMs.get(amysGroups)).toBe(1_795_514_400_003)
    expect(at.world.watermarks.get(amysGroups)).toBeUndefined()
  })

  test('of an older sourceVersion than what is known leaves no trace but its number, and is late', () => {
    decide(groups('c1', 'set', ['x'], 5))
    const { log, publications } = decide(groups('c2', 'clear', [], 3))
    expect(log).toMatchObject([{ outcome: 'late', tightened: false }])
    expect(publications).toEqual([])
    expect(at.world.feed(P, 'hr')?.feed.complete).toBe(2n)
  })

  test('discloses the values in force only where the registry publishes them', () => {
    const stated = { ...groups('c1', 'set', ['eng'], 1), claim: 'department' }
    decide(stated)
    const { publications } = decide({
      ...stated,
      id: 'c2',
      values: ['ops'],
      sourceVersion: { epoch: 0n, n: 2n },
    })
    const revoked = publications[0]
    expect(revoked?.kind === 'revocation' && revoked.revocation).toMatchObject({
      claims: new Map([['department', { offset: 2n, values: ['ops'] }]]),
    })
    decide(groups('c3', 'set', ['x'], 1))
    const hidden = decide(groups('c4', 'clear', [], 2)).publications[0]
    expect(hidden?.kind === 'revocation' && hidden.revocation).toMatchObject({
      claims: new Map([['groups', { offset: 4n, values: null }]]),
    })
  })

  test('of a descriptive claim raises and publishes the watermark, and marks no token: it never goes stale', () => {
    const stated = { ...groups('c1', 'set', ['eng'], 1), claim: 'department' }
    decide(stated)
    const sourceVersion = { epoch: 0n, n: 2n }
    const { marks, watermarks, publications } = decide({
      ...stated,
      id: 'c2',
      sourceVersion,
      values: [],
    })
    expect(marks).toEqual([])
    expect(watermarks).toMatchObject([{ scope: { claim: 'department' }, position: { offset: 2n } }])
    expect(publications).toHaveLength(1)
  })

  test('control: the same of an authoritative claim marks the tokens that carry it', () => {
    decide(groups('c1', 'set', ['eng'], 1))
    expect(decide(groups('c2', 'set', [], 2)).marks).toMatchObject([{ claim: 'groups' }])
  })

  test('marks the tokens that carry a claim derived from it too (rule 24)', () => {
    const claims = new Map(acmeRegistry().claims)
    const parent = claims.get('groups')
    if (parent) claims.set('roles', { ...parent, name: 'roles', from: ['groups'] })
    at = createDecider(acmeRegistry({ claims }))
    decide(groups('c1', 'set', ['x'], 1))
    const { marks, publications } = decide(groups('c2', 'clear', [], 2))
    expect(marks.map(({ claim }) => claim)).toEqual(['groups', 'roles'])
    expect(publications).toHaveLength(1)
  })

  test('of a restricting claim tightens if it adds, and if it repeats a value', () => {
    const claims = new Map(acmeRegistry().claims)
    const parent = claims.get('groups')
    if (parent) claims.set('groups', { ...parent, polarity: 'restrict' })
    at = createDecider(acmeRegistry({ claims }))
    expect(decide(groups('c1', 'add', ['x'], 1)).publications).toHaveLength(1)
    expect(decide(groups('c2', 'remove', ['x'], 2)).publications).toHaveLength(0)
    expect(decide(groups('c3', 'add', ['x'], 3)).publications).toHaveLength(1)
    expect(decide(groups('c4', 'set', ['x'], 4)).publications).toHaveLength(1)
  })
})

describe('changes that a source is not allowed to send', () => {
  test.each<[string, Change, number, string]>([
    [
      'a claim of another',
      { ...groups('c1', 'set', ['x'], 1), source: 'iga' },
      P,
      'event.forbidden',
    ],
    ['an unknown claim', { ...groups('c1', 'set', [], 1), claim: 'shoes' }, P, 'event.unmapped'],
    [
      'a grant on behalf undeclared',
      { ...groups('c1', 'add', ['x'], 1), onBehalfOf: 'iga' },
      P,
      'event.forbidden',
    ],
    [
      'an account',
      { ...hrOrigin('c1', 1), source: 'iga', kind: 'account', subject: AMY, op: 'disabled' },
      0,
      'event.forbidden',
    ],
    [
      'a cut-off',
      { ...hrOrigin('c1', 1), kind: 'cut-off', scope: 'tenant', target: 'acme' },
      0,
      'event.forbidden',
    ],
    [
      'a withdrawal without feed-wide versions',
      {
        ...hrOrigin('c1', 1),
        source: 'iga',
        kind: 'value-withdrawn',
        claim: 'entitlements',
        value: 'x',
      },
      0,
      'event.forbidden',
    ],
    [
      'an activation',
      { ...hrOrigin('c1', 1), kind: 'activate', pv: 2, hash: 'w', minimum: 0 },
      P,
      'event.forbidden',
    ],
  ])(
    '%s is quarantined, changes nothing and counts (S14, rule 36)',
    (_what, change, partition, code) => {
      const decision = decide(change, partition)
      expect(decision.quarantine).toMatchObject([{ code, cause: { change: 'c1' } }])
      expect(decision.log).toMatchObject([{ id: 'c1', outcome: 'quarantined' }])
      const { claims, accounts, watermarks, publications, doubts, denials } = decision
      expect([claims, accounts, watermarks, publications, doubts, denials].flat()).toEqual([])
      expect(at.world.feed(partition, change.source)?.feed.complete).toBe(1n)
    },
  )

  test('a subject of an issuer that is not a provider of the tenant (S15)', () => {
    const foreign = { ...AMY, iss: 'https://elsewhere.example' }
    const partition = partitionOf(foreign)
    const decision = decide(groupsChange('c1', foreign, { op: 'clear', n: 1 }), partition)
    expect(decision.quarantine).toMatchObject([{ code: 'event.forbidden' }])
  })

  test('an unauthentic record changes nothing at all, its number included', () => {
    const decision = take({ kind: 'unauthentic', rule: 'mac' })
    expect(decision.quarantine).toMatchObject([{ code: 'event.unauthentic', cause: null }])
    expect(decision.feeds).toEqual([])
    expect(decision.nextOffset).toBe(1n)
  })

  test('a change that was refused once is judged again when it comes again', () => {
    const change = { ...groups('c1', 'add', ['x'], 1), onBehalfOf: 'iga' }
    decide(change)
    expect(decide(change).log).toMatchObject([{ outcome: 'quarantined' }])
    expect(decide(groups('c1', 'set', ['x'], 1)).log).toMatchObject([{ outcome: 'applied' }])
  })
})

describe('heartbeats', () => {
  test('of a halted feed do not count until its next full statement (rule 20)', () => {
    take({
      kind: 'unreadable',
      tenant: 'acme',
      source: 'hr',
      stamp: { partition: P, number: 1n },
      contentHash: 'h',
      rule: 'r',
    })
    heartbeat(1, 50)
    expect(throughOf()).toBeNull()
    decide({ ...hrOrigin('s1', 1), kind: 'snapshot-begin' })
    decide({ ...hrOrigin('s2', 2), kind: 'snapshot-end' })
    heartbeat(2, 60)
    expect(throughOf()).toBe(60)
  })
})

describe('unreadable and misplaced records', () => {
  test('without a claim, every claim of the source is in doubt and revoked (rule 20)', () => {
    const { doubts, publications } = take({
      kind: 'unreadable',
      tenant: 'acme',
      source: 'hr',
      subject: AMY,
      stamp: { partition: P, number: 1n },
      contentHash: 'h',
      rule: 'r',
    })
    expect(doubts.map(({ claim }) => claim)).toEqual(['groups', 'department'])
    expect(publications).toHaveLength(1)
  })

  test('without a tenant, the source’s heartbeats count in no tenant (rule 20)', () => {
    const { doubts, feeds } = take({
      kind: 'unreadable',
      source: 'hr',
      stamp: { partition: P, number: 1n },
      contentHash: 'h',
      rule: 'r',
    })
    expect(doubts).toEqual([])
    expect(feeds).toMatchObject([{ tenant: 'acme', source: 'hr', feed: { halted: true } }])
  })

  test('a change in the partition of another subject halts its feed there', () => {
    const other = PARTITIONS.find((partition) => partition > 0 && partition !== P) ?? 1
    const { claims, feeds } = decide(groups('c1', 'set', ['x'], 1), other)
    expect(claims).toEqual([])
    expect(feeds).toMatchObject([{ source: 'hr', feed: { halted: true } }])
  })

  test('an unreadable account event revokes the account and doubts everything', () => {
    const { doubts, watermarks } = take(
      {
        kind: 'unreadable',
        tenant: 'acme',
        source: 'hr',
        subject: AMY,
        stamp: { partition: 0, number: 1n },
        contentHash: 'h',
        rule: 'r',
      },
      0,
    )
    expect(doubts).toHaveLength(3)
    expect(watermarks).toMatchObject([{ scope: { kind: 'account' }, position: { offset: 1n } }])
  })

  test('a scalar with two values is in doubt instead of both', () => {
    const stated = { ...groups('c1', 'set', ['a', 'b'], 1), claim: 'department' }
    const { claims, doubts } = decide(stated)
    expect(claims).toEqual([])
    expect(doubts).toMatchObject([{ claim: 'department', raised: true }])
  })
})
