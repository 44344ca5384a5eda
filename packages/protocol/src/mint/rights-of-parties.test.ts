import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UNTOUCHED_ACCOUNT } from '../changes/account-state.ts'
import { EMPTY_CLAIM, mergeStatement } from '../claims/claim-state.ts'
import type { Claim } from '../registry/registry.ts'
import type { ClaimValue } from '../scope/scope.ts'
import { MINTED_ACTORS_MAX, decideMint, type MintRequest } from './decide-mint.ts'
import type { ActorSnapshot, PartitionSnapshot } from './mint-snapshot.ts'

const NOW = 1_795_514_400_000
const hr = exampleSource('hr', { versions: 'feed' })
const groups = exampleClaim('groups', 'hr', { maxTtlMs: 300_000 })
const names = ['alice', 'ledger', 'robot', 'agent', 'fifth'] as const
const [alice, ...others] = names.map((sub) => ({ tenant: 'acme', iss: 'https://idp', sub }))
const partition: PartitionSnapshot = {
  e: 1n,
  nextOffset: 9n,
  activePv: 1,
  activeHash: 'ab',
  throughMs: new Map([['hr', NOW]]),
}

/** Decides for parties with these values from hr, the subject first. */
function mint(
  claim: Partial<Claim>,
  values: readonly (readonly ClaimValue[])[],
  more: Partial<MintRequest> = {},
  known: readonly Partial<ActorSnapshot>[] = [],
) {
  const registry = exampleRegistry([hr], [{ ...groups, ...claim }])
  const audience = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }
  const keys = [{ kid: 'k1', signsFromMs: NOW - 1 }]
  const snapshots = values.map((each, party): ActorSnapshot => {
    const version = { epoch: 0n, n: 5n }
    const state = mergeStatement(EMPTY_CLAIM, { op: 'set', values: each, version })
    return {
      partition,
      known: true,
      account: UNTOUCHED_ACCOUNT,
      claims: new Map([['groups', { source: 'hr', state }]]),
      doubts: new Set(),
      withdrawn: new Map(),
      ...known[party],
    }
  })
  const [first = expect.unreachable(), ...actors] = snapshots
  return decideMint(
    {
      parties: [alice ?? expect.unreachable(), ...others.slice(0, actors.length)],
      audience,
      registry,
      registryHash: 'ab',
      keys,
      iatMs: NOW,
      ...more,
    },
    { ...first, control: partition, parties: [first, ...actors], denied: [] },
  )
}

const valuesFor = (claim: Partial<Claim>, ...values: readonly (readonly ClaimValue[])[]) => {
  const decision = mint(claim, values)
  return decision.kind === 'grant' ? decision.claims.get('groups') : decision
}

describe('the rights of a token with actors', () => {
  it('are, of a set that grants, the values that every party has', () => {
    expect(valuesFor({}, ['a', 'b', 'c'], ['b', 'c', 'd'], ['c', 'b'])).toEqual(['b', 'c'])
    expect(valuesFor({}, ['a'], [])).toEqual([])
  })

  it('control: of the subject alone they would be more than its actor has', () => {
    expect(valuesFor({}, ['a', 'b'])).toEqual(['a', 'b'])
    expect(valuesFor({}, ['a', 'b'], ['b'])).toEqual(['b'])
  })

  it('compare values with their types', () => {
    expect(valuesFor({}, [1, 'x'], ['1', 'x'])).toEqual(['x'])
  })

  it('are, of a scalar, the value that all agree on', () => {
    expect(valuesFor({ shape: 'scalar' }, ['gold'], ['gold'])).toEqual(['gold'])
    expect(valuesFor({ shape: 'scalar' }, ['gold'], ['silver'])).toEqual([])
    expect(valuesFor({ shape: 'scalar' }, ['gold'], [])).toEqual([])
  })

  it('have the restrictions of every party, with any delegation in the registry', () => {
    for (const delegation of ['intersect', 'subject'] as const) {
      const restrict = { polarity: 'restrict', delegation } as const
      expect(valuesFor(restrict, ['a', 'b'], ['b', 'c'])).toEqual(['a', 'b', 'c'])
    }
  })

  it('are none where parties are restricted by a scalar in two ways', () => {
    const restrict = { polarity: 'restrict', shape: 'scalar' } as const
    expect(valuesFor(restrict, ['eu'], [])).toEqual(['eu'])
    expect(valuesFor(restrict, ['eu'], ['us'])).toEqual({ kind: 'doubt', claim: 'groups' })
  })

  it('are those of the subject if the registry has it so, and those that are only shown', () => {
    expect(valuesFor({ delegation: 'subject' }, ['a'], [])).toEqual(['a'])
    expect(valuesFor({ kind: 'descriptive' }, ['a'], [])).toEqual(['a'])
  })

  it('are in doubt where those of an actor are, if they count', () => {
    const doubts = [{}, { doubts: new Set(['groups']) }]
    const values = [['a'], ['a']]
    expect(mint({}, values, {}, doubts)).toEqual({ kind: 'doubt', claim: 'groups' })
    expect(mint({ delegation: 'subject' }, values, {}, doubts)).toMatchObject({ kind: 'grant' })
  })

  it('the values of any parties: no grant that one lacks, and every restriction', () => {
    const sets = fc.array(fc.subarray(['a', 'b', 'c', 'd']), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(sets, (all) => {
        const every = ['a', 'b', 'c', 'd']
        const shared = every.filter((value) => all.every((of) => of.includes(value)))
        const any = every.filter((value) => all.some((of) => of.includes(value)))
        expect(valuesFor({}, ...all)).toEqual(shared)
        const restricted = valuesFor({ polarity: 'restrict' }, ...all)
        expect([...(restricted as readonly string[])].toSorted()).toEqual(any)
      }),
    )
  })
})

describe('a chain of actors', () => {
  it('a chain is refused in which a party occurs twice', () => {
    const [first = expect.unreachable(), second = expect.unreachable()] = others
    const subject = alice ?? expect.unreachable()
    const cycles = [
      [subject, subject],
      [subject, first, second, first],
    ] as const
    for (const parties of cycles) {
      const values = parties.map(() => ['a'])
      expect(mint({}, values, { parties })).toEqual({ kind: 'cycle' })
    }
    // Another tenant's subject of the same name is another.
    const parties = [subject, { ...subject, iss: 'https://other' }] as const
    expect(mint({}, [['a'], ['a']], { parties })).toMatchObject({ kind: 'grant' })
  })

  it('is refused where the account of one of them is off (rule 24)', () => {
    const account = { ...UNTOUCHED_ACCOUNT, state: 'disabled' } as const
    expect(mint({}, [['a'], ['a']], {}, [{}, { account }])).toEqual({
      kind: 'account-off',
      party: 1,
    })
  })

  it('has three actors at most', () => {
    const deep = (actors: number) =>
      mint(
        {},
        Array.from({ length: actors + 1 }, () => ['a']),
      )
    expect(deep(MINTED_ACTORS_MAX)).toMatchObject({
      kind: 'grant',
      claims: new Map([['groups', ['a']]]),
    })
    expect(deep(MINTED_ACTORS_MAX + 1)).toEqual({ kind: 'too-deep', actorsMax: 3 })
  })

  it('ends no later than the tokens that it was exchanged for', () => {
    expect(mint({}, [['a']], { notAfterMs: NOW + 7_000 })).toMatchObject({ expMs: NOW + 7_000 })
    expect(mint({}, [['a']], { notAfterMs: NOW + 7e9 })).toMatchObject({ expMs: NOW + 300_000 })
  })
})
