import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UNTOUCHED_ACCOUNT } from '../changes/account-state.ts'
import { EMPTY_CLAIM, mergeStatement } from '../claims/claim-state.ts'
import type { Claim } from '../registry/registry.ts'
import { sizeOf } from './claims-in-force.ts'
import { decideMint, type MintGrant, type MintRefusal } from './decide-mint.ts'
import type { MintSnapshot, PartitionSnapshot } from './mint-snapshot.ts'

const NOW = 1_795_514_400_000
const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const version = { epoch: 0n, n: 5n }

const claim = (name: string, more: Partial<Claim> = {}): Claim =>
  exampleClaim(name, 'iga', { maxTtlMs: 300_000, ...more })

interface Case {
  readonly claims: readonly Claim[]
  /** Values by claim. */
  readonly values?: Readonly<Record<string, readonly string[]>>
  readonly silent?: readonly string[]
  readonly doubts?: readonly string[]
  readonly maxBytes?: number
  /** Values of `limits` that the scope `pay` requires; it is asked for. */
  readonly forPay?: readonly string[]
}

function mint({ claims, values: stated = {}, silent = [], doubts = [], maxBytes, forPay }: Case) {
  const ids = ['hr', 'iga', 'security']
  const sources = ids.map((id) => exampleSource(id, { versions: 'feed' }))
  const registry = exampleRegistry(sources, claims, { cutOffs: ['security'] })
  const names = claims.map(({ name }) => name)
  const audience = { name: 'payments', claims: names, ttlMs: 300_000, routes: new Map() }
  const live = ids.filter((id) => !silent.includes(id))
  const partition: PartitionSnapshot = {
    e: 1n,
    nextOffset: 9n,
    activePv: 1,
    activeHash: 'ab',
    throughMs: new Map(live.map((id) => [id, NOW])),
  }
  const snapshot: MintSnapshot = {
    control: partition,
    parties: [{ partition, known: true, account: UNTOUCHED_ACCOUNT }],
    claims: new Map(
      claims.map(({ name, source: of }) => {
        const values = stated[name] ?? []
        return [
          name,
          { source: of, state: mergeStatement(EMPTY_CLAIM, { op: 'set', values, version }) },
        ]
      }),
    ),
    doubts: new Set(doubts),
    withdrawn: new Map(),
    denied: [],
  }
  const bounded = maxBytes === undefined ? audience : { ...audience, maxBytes }
  const keys = [{ kid: 'k1', signsFromMs: NOW - 1 }]
  const request = { audience: bounded, registry, registryHash: 'ab', keys, iatMs: NOW } as const
  if (forPay === undefined) return decideMint({ parties: [alice], ...request }, snapshot)
  const pay = { require: new Map([['limits', forPay]]) }
  const scoped = { audience: { ...bounded, scopes: new Map([['pay', pay]]) }, scopes: ['pay'] }
  return decideMint({ parties: [alice], ...request, ...scoped }, snapshot)
}

const granted = (decision: MintGrant | MintRefusal) => {
  if (decision.kind !== 'grant') return decision
  const { claims, omitted } = decision
  return { carried: [...claims.keys()], omitted: Object.fromEntries(omitted) }
}

const groups = claim('groups', { source: 'hr' })

describe('a claim that no source confirms', () => {
  const limits = claim('limits', { onMissing: 'omit' })
  const without = { carried: ['groups'], omitted: { limits: 'unverified' } }

  it('is left out and named, if its source is silent and the registry has omit', () => {
    expect(granted(mint({ claims: [groups, limits], silent: ['iga'] }))).toEqual(without)
  })

  it('is left out and named, where it is in doubt', () => {
    expect(granted(mint({ claims: [groups, limits], doubts: ['limits'] }))).toEqual(without)
  })

  it('refuses the token by default, and where only its size may leave it out', () => {
    for (const more of [{}, { onMissing: 'refuse' }, { onOver: 'omit' }] as const) {
      const claims = [groups, claim('limits', more)]
      expect(mint({ claims, silent: ['iga'] })).toMatchObject({ kind: 'silent-source' })
      expect(mint({ claims, doubts: ['limits'] })).toEqual({ kind: 'doubt', claim: 'limits' })
    }
  })

  it('control: a claim that restricts refuses in spite of the registry (rule 24)', () => {
    const claims = [groups, { ...limits, polarity: 'restrict' } as const]
    expect(mint({ claims, silent: ['iga'] })).toMatchObject({ kind: 'silent-source' })
  })

  it('does not help where the account source is silent, of which no token can do without', () => {
    const claims = [{ ...groups, onMissing: 'omit' }, limits] as const
    expect(mint({ claims, silent: ['hr'] })).toMatchObject({ kind: 'silent-source', source: 'hr' })
  })

  it('gives the rest no longer life than the whole', () => {
    const brief = { ...limits, maxTtlMs: 60_000 }
    const whole = mint({ claims: [groups, brief] })
    expect(mint({ claims: [groups, brief], silent: ['iga'] })).toMatchObject({
      omitted: new Map([['limits', 'unverified']]),
      expMs: (whole as MintGrant).expMs,
    })
  })
})

describe('a scope that is derived from a claim', () => {
  const limits = claim('limits', { onMissing: 'omit' })
  const values = { limits: ['high', 'low'] }
  const refused = { kind: 'scope', scope: 'pay', claim: 'limits' }

  it('is granted by the values that the token carries, and names the claim', () => {
    const granting = { claims: [groups, limits], values, forPay: ['high'] }
    expect(mint(granting)).toMatchObject({ kind: 'grant', scopedBy: ['limits'] })
    expect(mint({ ...granting, forPay: ['high', 'other'] })).toEqual(refused)
  })

  it('is refused if the token leaves the claim out, with or without a change', () => {
    const without = { claims: [groups, limits], values, silent: ['iga'] }
    expect(mint({ ...without, forPay: ['high'] })).toEqual(refused)
    // Control: the token itself is minted.
    expect(mint(without)).toMatchObject({ kind: 'grant', scopedBy: [] })
  })
})

describe('a claim that another is derived from', () => {
  const parents = claim('parents', { onMissing: 'omit' })

  it('takes that one along', () => {
    const children = claim('children', { source: 'hr', from: ['parents'], onMissing: 'omit' })
    const decision = mint({ claims: [groups, parents, children], silent: ['iga'] })
    const omitted = { parents: 'unverified', children: 'unverified' }
    expect(granted(decision)).toEqual({ carried: ['groups'], omitted })
  })

  it('refuses the token where that one may not be left out', () => {
    const children = claim('children', { source: 'hr', from: ['parents'] })
    const decision = mint({ claims: [groups, parents, children], silent: ['iga'] })
    expect(decision).toMatchObject({ kind: 'silent-source', source: 'iga' })
  })
})

describe('a claim that is too large', () => {
  const values = { limits: ['a'.repeat(20)], roles: ['b'.repeat(20)], groups: ['staff'] }
  const limits = claim('limits', { onOver: 'omit' })
  const roles = claim('roles', { onOver: 'omit' })

  it('is left out and named, if the registry has omit', () => {
    const claims = [groups, { ...limits, maxBytes: 10 }, roles]
    const carried = ['groups', 'roles']
    expect(granted(mint({ claims, values }))).toEqual({ carried, omitted: { limits: 'over' } })
  })

  it('refuses the token by default, and where only a silent source may leave it out', () => {
    for (const more of [{}, { onMissing: 'omit' }] as const) {
      const claims = [groups, claim('limits', { maxBytes: 10, ...more })]
      expect(mint({ claims, values })).toMatchObject({ kind: 'too-large', claim: 'limits' })
    }
  })

  it('goes before those that the audience names earlier, and only until the rest fits', () => {
    const claims = [limits, groups, roles]
    expect(granted(mint({ claims, values, maxBytes: 40 }))).toEqual({
      carried: ['limits', 'groups'],
      omitted: { roles: 'over' },
    })
    expect(granted(mint({ claims, values, maxBytes: 30 }))).toEqual({
      carried: ['groups'],
      omitted: { roles: 'over', limits: 'over' },
    })
  })

  it('refuses the token where the rest does not fit', () => {
    expect(mint({ claims: [groups, limits], values, maxBytes: 5 })).toMatchObject({
      kind: 'over-budget',
    })
  })
})

describe('the decision for any registry and state', () => {
  const how = fc.constantFrom('refuse', 'omit', undefined)
  const any = (name: string) =>
    fc
      .record({
        source: fc.constantFrom('hr', 'iga'),
        polarity: fc.constantFrom('grant', 'restrict'),
        onMissing: how,
        onOver: how,
        maxBytes: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      })
      .map(({ source: of, polarity, ...optional }) => {
        const stated = Object.entries(optional).filter(([, value]) => value !== undefined)
        return claim(name, {
          source: of,
          polarity,
          ...Object.fromEntries(stated),
        })
      })
  const names = ['a', 'b', 'c', 'd']
  const cases = fc.record({
    claims: fc.tuple(...names.map(any)),
    values: fc.dictionary(
      fc.constantFrom(...names),
      fc.array(fc.constantFrom('x', 'yyyy', 'zzzzzzzzz')),
    ),
    silent: fc.subarray(['iga']),
    doubts: fc.subarray(names),
    maxBytes: fc.integer({ min: 1, max: 60 }),
  })

  it('a token carries or names each claim, no restriction is left out, and what it carries is vouched for and fits', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const decision = mint(one)
        if (decision.kind !== 'grant') return
        const { claims, omitted } = decision
        expect([...claims.keys(), ...omitted.keys()].toSorted()).toEqual(names)
        for (const each of one.claims) {
          const reason = omitted.get(each.name)
          if (reason === undefined) {
            expect(one.silent).not.toContain(each.source)
            expect(one.doubts).not.toContain(each.name)
            expect(sizeOf(claims.get(each.name) ?? [])).toBeLessThanOrEqual(each.maxBytes ?? 60)
          } else {
            const omission = reason === 'over' ? each.onOver : each.onMissing
            expect([each.polarity, omission]).toEqual(['grant', 'omit'])
          }
        }
        const sizes = [...claims.values()].map(sizeOf)
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(one.maxBytes)
      }),
    )
  })
})
