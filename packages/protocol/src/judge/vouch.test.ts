import { describe, expect, it, test } from 'vitest'
import type { ClaimMap } from '../claims/claim-map.ts'
import { CONTROL_PARTITION, partitionOf, PARTITIONS } from '../position/partition.ts'
import type { Position } from '../position/position.ts'
import { scopeKey, type Scope } from '../scope/scope.ts'
import type { JudgedToken } from './token.ts'
import { vouch, type KnownPosition, type PositionedKnowledge } from './vouch.ts'

const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const robot = { ...alice, sub: 'robot' }
const HERE = partitionOf(alice)
const ELSEWHERE = partitionOf(robot)
const CONTROL = CONTROL_PARTITION
const UNREAD = PARTITIONS.find((each) => ![HERE, ELSEWHERE, CONTROL].includes(each)) ?? -1
const lost: Scope = { kind: 'subject', subject: alice, claim: 'groups' }
const BEHIND = { kind: 'unverified', source: 'freshet', reason: 'authority-behind' }
const FRESH = { kind: 'fresh' }

const mapped = {
  source: 'hr',
  kind: 'authoritative',
  onUnverified: 'deny',
  polarity: 'grant',
  from: [],
} as const
const map: ClaimMap = {
  version: 1,
  account: 'hr',
  cutOffs: [],
  leasesMs: new Map([['hr', 5_000]]),
  claims: new Map([
    ['groups', mapped],
    ['roles', mapped],
  ]),
}

const token: JudgedToken = {
  tenant: 'acme',
  issuer: 'https://tokens.example',
  kid: 'k1',
  jti: 't1',
  client: 'web',
  pv: 1,
  parties: [{ subject: alice, label: { e: 2n, s: 10n, c: 5n } }],
  claims: new Map([['groups', ['a']]]),
}
const delegated: JudgedToken = {
  ...token,
  parties: [...token.parties, { subject: robot, label: { e: 2n, s: 30n, c: 5n } }],
}

interface Known {
  readonly e?: bigint
  readonly offsets?: Readonly<Record<number, bigint>>
  readonly raised?: bigint
  readonly silent?: boolean
}

/** An authority that has read up to these offsets, by default far enough. */
function knowing({
  e = 2n,
  offsets = {},
  raised,
  silent = false,
}: Known = {}): PositionedKnowledge {
  const own: Readonly<Record<number, bigint>> = {
    [HERE]: 20n,
    [CONTROL]: 20n,
    [ELSEWHERE]: 30n,
    ...offsets,
  }
  return {
    map,
    minimumPv: 0,
    incarnation: () => e,
    watermark: (scope) =>
      raised !== undefined && scopeKey(scope) === scopeKey(lost)
        ? { position: { e, offset: raised }, change: 'hr-9' }
        : undefined,
    denial: () => undefined,
    trust: () => (silent ? { fresh: false, sinceMs: 7 } : { fresh: true }),
    position: (partition): Position | undefined => {
      const offset = own[partition]
      return offset === undefined ? undefined : { e, offset }
    },
  }
}
const at = (partition: number, offset: bigint, e = 2n): KnownPosition => ({ partition, e, offset })
const verdictOn = (known: readonly KnownPosition[], knowledge = knowing(), of = token) =>
  vouch(of, ['groups'], known, knowledge).get('groups')

describe('rule 40: an authority vouches for a claim', () => {
  it('where it has read as far as who asks, in each partition', () => {
    expect(verdictOn([at(HERE, 20n), at(CONTROL, 20n)])).toEqual(FRESH)
    expect(verdictOn([])).toEqual(FRESH)
  })

  it.each([
    ['the subject’s partition', [at(HERE, 21n), at(CONTROL, 5n)]],
    ['the control partition', [at(HERE, 10n), at(CONTROL, 21n)]],
    ['a partition that says nothing of this token', [at(ELSEWHERE, 31n)]],
    ['a partition that it knows nothing of', [at(UNREAD, 0n)]],
    ['a later incarnation, whatever the offset', [at(HERE, 0n, 3n)]],
  ])('and not where who asks is ahead in %s', (_, known) => {
    expect(verdictOn(known)).toEqual(BEHIND)
  })

  it('also to who stands at a high offset of an earlier incarnation', () => {
    expect(verdictOn([at(HERE, 900n, 1n)])).toEqual(FRESH)
  })

  it.each([
    ['its subject’s partition', token, { [HERE]: 9n }],
    ['the control partition', token, { [CONTROL]: 4n }],
    ['the partition of an actor (rule 24)', delegated, { [ELSEWHERE]: 29n }],
  ])('and not where the token’s own label is ahead in %s', (_, of, offsets) => {
    expect(verdictOn([], knowing(), of)).toEqual(FRESH)
    expect(verdictOn([], knowing({ offsets }), of)).toEqual(BEHIND)
  })

  it('and not for a token of a later incarnation than its own', () => {
    expect(verdictOn([], knowing({ e: 1n }))).toEqual(BEHIND)
  })
})

test('rule 40: stale stays stale, also where the authority is behind', () => {
  const stale = { kind: 'stale', reason: 'claim-changed', change: 'hr-9' }
  expect(verdictOn([], knowing({ raised: 11n }))).toEqual(stale)
  expect(verdictOn([at(HERE, 99n)], knowing({ raised: 11n }))).toEqual(stale)
})

test('rule 40: a source that is silent at the authority too stays unverified, by name', () => {
  const silent = { kind: 'unverified', source: 'hr', sinceMs: 7 }
  expect(verdictOn([at(HERE, 20n)], knowing({ silent: true }))).toEqual(silent)
  expect(verdictOn([at(HERE, 99n)], knowing({ silent: true }))).toEqual(BEHIND)
})

test('each claim asked about has a verdict of its own, present in the token or not', () => {
  const verdicts = vouch(token, ['groups', 'roles', 'unknown'], [], knowing({ raised: 11n }))
  expect([...verdicts].map(([claim, { kind }]) => [claim, kind])).toEqual([
    ['groups', 'stale'],
    ['roles', 'fresh'],
    ['unknown', 'unverified'],
  ])
})
