import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ClaimMap, MappedClaim } from '../claims/claim-map.ts'
import { judge } from './judge.ts'
import type { Knowledge, Watermark } from './knowledge.ts'
import { CONTROL_PARTITION, partitionOf } from '../position/partition.ts'
import { denialKey, scopeKey, type Denial, type Scope } from '../scope/scope.ts'
import type { JudgedToken } from './token.ts'
import type { Verdict } from './verdict.ts'

const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const robot = { tenant: 'acme', iss: 'https://idp.example', sub: 'robot' }

const map: ClaimMap = {
  version: 3,
  account: 'hr',
  cutOffs: ['security'],
  leasesMs: new Map([['hr', 5000]]),
  claims: new Map([
    ['groups', mapped('hr')],
    ['entitlements', mapped('iga')],
    ['children', { ...mapped('iga'), from: ['groups'] }],
    ['parts', { ...mapped('hr'), from: ['entitlements'] }],
    ['department', { ...mapped('iga'), kind: 'descriptive', from: ['groups'] }],
  ]),
}

function mapped(source: string): MappedClaim {
  return {
    source,
    kind: 'authoritative',
    onUnverified: 'deny',
    polarity: 'grant',
    from: [],
  }
}

function token(label = { e: 1n, s: 10n, c: 10n }, more: Partial<JudgedToken> = {}): JudgedToken {
  return {
    tenant: 'acme',
    issuer: 'https://tokens.example',
    kid: 'k1',
    jti: 't1',
    sid: 'session-1',
    client: 'web',
    pv: 3,
    parties: [{ subject: alice, label }],
    claims: new Map([['groups', ['a', 'b']]]),
    ...more,
  }
}

test('a claim that the token names as left out is unverified, and never an empty set', () => {
  const omitted = new Map([
    ['entitlements', 'over'],
    ['groups', 'unverified'],
  ] as const)
  const without = token(undefined, { claims: new Map(), omitted })
  const verdictOn = (claim: string, known: Known = {}): Verdict =>
    judge(without, claim, knowing(known))
  const left = { kind: 'unverified', source: 'freshet' }
  expect(verdictOn('entitlements')).toEqual({ ...left, reason: 'omitted-over' })
  expect(verdictOn('groups')).toEqual({ ...left, reason: 'omitted-unverified' })
  // Nor is one that is derived from it, while one that is shown alone grants nothing anyway.
  expect(verdictOn('parts')).toEqual({ ...left, reason: 'omitted-over' })
  expect(verdictOn('department')).toEqual({ kind: 'fresh' })
  const raised = { position: { e: 1n, offset: 11n } }
  const watermarks = [[{ kind: 'subject', subject: alice, claim: 'groups' }, raised]] as const
  expect(verdictOn('groups', { watermarks })).toMatchObject({ kind: 'stale' })
  // Control: absent and not named, it is an empty set.
  const empty = token(undefined, { claims: new Map() })
  expect(judge(empty, 'entitlements', knowing())).toEqual({ kind: 'fresh' })
})

interface Known {
  watermarks?: readonly (readonly [Scope, Watermark])[]
  denials?: readonly Denial[]
  minimumPv?: number
  e?: bigint
  silent?: readonly (readonly [string, number])[]
  map?: ClaimMap | undefined
}

function knowing(known: Known = {}): Knowledge {
  const watermarks = new Map(known.watermarks?.map(([scope, mark]) => [scopeKey(scope), mark]))
  const denials = new Set(known.denials?.map(denialKey))
  const silent = new Set(known.silent?.map(([source, partition]) => `${source}/${partition}`))
  return {
    map: 'map' in known ? known.map : map,
    minimumPv: known.minimumPv ?? 0,
    incarnation: () => known.e ?? 1n,
    watermark: (scope) => watermarks.get(scopeKey(scope)),
    denial: (denial) => (denials.has(denialKey(denial)) ? { change: 'd1' } : undefined),
    trust: (_tenant, source, partition) =>
      silent.has(`${source}/${partition}`) ? { fresh: false, sinceMs: 7 } : { fresh: true },
  }
}

const at = (offset: bigint, e = 1n): Watermark => ({ position: { e, offset }, change: 'c1' })
const lost: Scope = { kind: 'subject', subject: alice, claim: 'groups' }

test('a token at or above every watermark is fresh', () => {
  expect(judge(token(), 'groups', knowing({ watermarks: [[lost, at(10n)]] }))).toEqual({
    kind: 'fresh',
  })
})

test('a token below the watermark of a claim is stale in that claim only', () => {
  const knowledge = knowing({ watermarks: [[lost, at(11n)]] })
  expect(judge(token(), 'groups', knowledge)).toEqual({
    kind: 'stale',
    reason: 'claim-changed',
    change: 'c1',
  })
  expect(judge(token(), 'entitlements', knowledge).kind).toBe('fresh')
})

const wide: readonly (readonly [Scope, string])[] = [
  [{ kind: 'account', subject: alice }, 'account'],
  [{ kind: 'value', tenant: 'acme', claim: 'groups', value: 'b' }, 'value-withdrawn'],
  [{ kind: 'tenant', tenant: 'acme' }, 'tenant-cut-off'],
  [{ kind: 'client', tenant: 'acme', client: 'web' }, 'client-cut-off'],
]

test.each(wide)('a scope of the control partition is judged by `c`: %o', (scope, reason) => {
  const knowledge = knowing({ watermarks: [[scope, at(11n)]] })
  expect(judge(token({ e: 1n, s: 99n, c: 10n }), 'groups', knowledge)).toMatchObject({ reason })
  expect(judge(token({ e: 1n, s: 0n, c: 11n }), 'groups', knowledge).kind).toBe('fresh')
})

test('a value that the token does not carry does not concern it', () => {
  const scope: Scope = { kind: 'value', tenant: 'acme', claim: 'groups', value: 'z' }
  expect(judge(token(), 'groups', knowing({ watermarks: [[scope, at(99n)]] })).kind).toBe('fresh')
})

const denials: readonly (readonly [Denial['kind'], string])[] = [
  ['key', 'k1'],
  ['issuer', 'https://tokens.example'],
  ['session', 'session-1'],
  ['token', 't1'],
]

test.each(denials)('a denied %s is refused at any label (rule 23)', (kind, id) => {
  const forged = token({ e: 1n, s: 10n ** 18n, c: 10n ** 18n })
  const knowledge = knowing({ denials: [{ tenant: 'acme', kind, id }] })
  expect(judge(forged, 'groups', knowledge)).toMatchObject({ reason: `${kind}-denied` })
})

test('a token below the minimum policy version is stale', () => {
  expect(judge(token(), 'groups', knowing({ minimumPv: 4 }))).toMatchObject({
    reason: 'policy-version',
  })
})

describe('incarnations', () => {
  test('a watermark of another incarnation compares by `e` first (rule 26)', () => {
    const knowledge = knowing({ watermarks: [[lost, at(5n, 2n)]], e: 2n })
    expect(judge(token({ e: 1n, s: 900n, c: 900n }), 'groups', knowledge).kind).toBe('stale')
    expect(judge(token({ e: 2n, s: 5n, c: 0n }), 'groups', knowledge).kind).toBe('fresh')
  })

  test('the change that took something away is named before the incarnation that ended the rest', () => {
    const knowledge = knowing({ watermarks: [[lost, at(5n, 2n)]], e: 2n })
    expect(judge(token({ e: 1n, s: 900n, c: 900n }), 'groups', knowledge)).toMatchObject({
      reason: 'claim-changed',
      change: 'c1',
    })
  })

  test('a token of an older incarnation is stale, one of a later is unverified (rule 18)', () => {
    expect(judge(token(), 'groups', knowing({ e: 2n }))).toMatchObject({ reason: 'incarnation' })
    const later = token({ e: 3n, s: 0n, c: 0n })
    expect(judge(later, 'groups', knowing({ e: 2n }))).toEqual({
      kind: 'unverified',
      source: 'freshet',
    })
  })

  test.each([partitionOf(alice), CONTROL_PARTITION])(
    'partition %i alone decides, in any order of news of another incarnation (rule 18)',
    (first) => {
      const knowingPartitions = (e: bigint) => ({
        ...knowing({}),
        incarnation: (partition: number) => (partition === first ? e : 2n),
      })
      const made = token({ e: 2n, s: 10n, c: 10n })
      expect(judge(made, 'groups', knowingPartitions(2n)).kind).toBe('fresh')
      expect(judge(made, 'groups', knowingPartitions(3n))).toMatchObject({ reason: 'incarnation' })
      expect(judge(made, 'groups', knowingPartitions(1n)).kind).toBe('unverified')
    },
  )
})

describe('a verdict is fresh only with a live lease', () => {
  const partition = partitionOf(alice)
  const needed: readonly (readonly [string, number])[] = [
    ['hr', partition],
    ['hr', CONTROL_PARTITION],
    ['security', CONTROL_PARTITION],
  ]

  test.each(needed)('silence of %s in partition %i (rules 14 and 15)', (source, where) => {
    const verdict = judge(token(), 'groups', knowing({ silent: [[source, where]] }))
    expect(verdict).toEqual({ kind: 'unverified', source, sinceMs: 7 })
  })

  test('the silence of another source withdraws trust in its own claims only', () => {
    const knowledge = knowing({ silent: [['iga', partition]] })
    expect(judge(token(), 'groups', knowledge).kind).toBe('fresh')
    expect(judge(token(), 'entitlements', knowledge).kind).toBe('unverified')
  })

  test('without the claim map nothing is verified (rule 21)', () => {
    expect(judge(token(), 'groups', knowing({ map: undefined })).kind).toBe('unverified')
    expect(judge(token(), 'unheard-of', knowing()).kind).toBe('unverified')
  })

  test('what is known to be lost is stale even when everything else is silent', () => {
    const knowledge = knowing({ watermarks: [[lost, at(11n)]], silent: needed })
    expect(judge(token(), 'groups', knowledge).kind).toBe('stale')
  })
})

describe('the parties and scopes of a token (rule 24)', () => {
  const delegated = token(undefined, {
    parties: [
      { subject: alice, label: { e: 1n, s: 10n, c: 10n } },
      { subject: robot, label: { e: 1n, s: 10n, c: 10n } },
    ],
  })

  test('a disabled actor makes the token stale', () => {
    const scope: Scope = { kind: 'account', subject: robot }
    expect(judge(delegated, 'groups', knowing({ watermarks: [[scope, at(11n)]] }))).toMatchObject({
      reason: 'account',
    })
  })

  test('silence in the partition of an actor counts as in that of the subject (rule 14)', () => {
    expect(partitionOf(robot)).not.toBe(partitionOf(alice))
    const silent = [['hr', partitionOf(robot)]] as const
    expect(judge(delegated, 'groups', knowing({ silent }))).toMatchObject({ source: 'hr' })
    expect(judge(token(), 'groups', knowing({ silent })).kind).toBe('fresh')
  })

  test('a derived claim is stale when the claim it comes from tightened', () => {
    expect(judge(token(), 'children', knowing({ watermarks: [[lost, at(11n)]] })).kind).toBe(
      'stale',
    )
  })

  test('a derived claim is unverified while the source of its origin is silent', () => {
    for (const partition of [partitionOf(alice), CONTROL_PARTITION]) {
      const silent = [['iga', partition]] as const
      expect(judge(token(), 'parts', knowing({ silent }))).toMatchObject({ source: 'iga' })
      expect(judge(token(), 'groups', knowing({ silent })).kind).toBe('fresh')
    }
  })

  test('a claim that the token does not carry is judged all the same', () => {
    const empty = token(undefined, { claims: new Map() })
    expect(judge(empty, 'groups', knowing({ watermarks: [[lost, at(11n)]] })).kind).toBe('stale')
  })
})

const rank: Readonly<Record<Verdict['kind'], number>> = { fresh: 0, unverified: 1, stale: 2 }

test('more watermarks and more silence never make a verdict better', () => {
  const scopes: readonly Scope[] = [lost, ...wide.map(([scope]) => scope)]
  const marks = fc.array(fc.tuple(fc.constantFrom(...scopes), fc.bigInt(0n, 20n)), { maxLength: 5 })
  fc.assert(
    fc.property(marks, fc.bigInt(0n, 20n), fc.boolean(), (list, label, isSilent) => {
      const watermarks = list.map(([scope, offset]) => [scope, at(offset)] as const)
      const silent = isSilent ? ([['hr', CONTROL_PARTITION]] as const) : []
      const subject = token({ e: 1n, s: label, c: label })
      const little = judge(subject, 'groups', knowing())
      const much = judge(subject, 'groups', knowing({ watermarks, silent }))
      expect(rank[much.kind]).toBeGreaterThanOrEqual(rank[little.kind])
    }),
  )
})

test('a token minted after a change is never stale by it', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 1_000_000n), fc.bigInt(0n, 1000n), (offset, more) => {
      const label = { e: 1n, s: offset + 1n + more, c: 0n }
      const knowledge = knowing({ watermarks: [[lost, at(offset + 1n)]] })
      expect(judge(token(label), 'groups', knowledge).kind).toBe('fresh')
    }),
  )
})

describe('a descriptive claim', () => {
  const shown = token(undefined, { claims: new Map([['department', ['sales']]]) })
  const partition = partitionOf(alice)
  const changes: readonly (readonly [Scope, Watermark])[] = [
    [{ kind: 'subject', subject: alice, claim: 'department' }, at(99n)],
    [{ kind: 'value', tenant: 'acme', claim: 'department', value: 'sales' }, at(99n)],
    [lost, at(99n)],
  ]
  const quiet = [
    ['iga', partition],
    ['iga', CONTROL_PARTITION],
  ] as const
  const authoritative: ClaimMap = {
    ...map,
    claims: new Map([...map.claims, ['department', { ...mapped('iga'), from: ['groups'] }]]),
  }

  test('never goes stale by a change of it, nor unverified by the silence of its source', () => {
    const known = knowing({ watermarks: changes, silent: quiet })
    expect(judge(shown, 'department', known)).toEqual({ kind: 'fresh' })
  })

  test.each(changes)('control: an authoritative one goes stale by %o', (...change) => {
    const known = knowing({ map: authoritative, watermarks: [change] })
    expect(judge(shown, 'department', known)).toMatchObject({ kind: 'stale' })
  })

  test('control: an authoritative one is unverified when its source is silent', () => {
    const known = knowing({ map: authoritative, silent: quiet })
    expect(judge(shown, 'department', known)).toMatchObject({ kind: 'unverified', source: 'iga' })
  })

  test('is as good as the token that shows it: account, cut-offs, denials and lease of the account source', () => {
    const verdictOf = (known: Known): Verdict => judge(shown, 'department', knowing(known))
    const account: Scope = { kind: 'account', subject: alice }
    expect(verdictOf({ watermarks: [[account, at(11n)]] })).toMatchObject({ reason: 'account' })
    const denied = [{ tenant: 'acme', kind: 'token', id: 't1' }] as const
    expect(verdictOf({ denials: denied })).toMatchObject({ reason: 'token-denied' })
    expect(verdictOf({ silent: [['hr', CONTROL_PARTITION]] })).toMatchObject({ kind: 'unverified' })
    expect(verdictOf({ silent: [['hr', partition]] })).toMatchObject({ kind: 'unverified' })
  })
})
