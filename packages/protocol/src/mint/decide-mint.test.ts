import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { UNTOUCHED_ACCOUNT, type AccountState } from '../changes/account-state.ts'
import { EMPTY_CLAIM, mergeStatement, type ClaimStatement } from '../claims/claim-state.ts'
import { partitionOf } from '../position/partition.ts'
import { decideMint, type MintRequest } from './decide-mint.ts'
import type {
  ActorSnapshot,
  ClaimSnapshot,
  MintSnapshot,
  PartitionSnapshot,
} from './mint-snapshot.ts'

const NOW = 1_795_514_400_000
const HASH = 'ab'
const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const robot = { ...alice, sub: 'robot' }
const version = (n: number) => ({ epoch: 0n, n: BigInt(n) })

const registry = exampleRegistry(
  [
    exampleSource('hr', { versions: 'feed' }),
    exampleSource('iga', { versions: 'feed', leaseMs: 30_000 }),
    exampleSource('security', { versions: 'feed' }),
  ],
  [
    exampleClaim('groups', 'hr', { maxBytes: 40 }),
    exampleClaim('entitlements', 'iga', { maxTtlMs: 120_000 }),
    exampleClaim('department', 'hr', { shape: 'scalar', kind: 'descriptive' }),
  ],
  { version: 3, cutOffs: ['security', 'freshet'] },
)

const keys = [
  { kid: 'k1', signsFromMs: NOW - 1 },
  { kid: 'k2', addedMs: NOW },
]

const request = (more: Partial<MintRequest> = {}): MintRequest => ({
  parties: [alice],
  audience: {
    name: 'payments',
    claims: ['groups', 'entitlements', 'department'],
    ttlMs: 300_000,
    routes: new Map(),
  },
  registry,
  registryHash: HASH,
  keys,
  iatMs: NOW,
  ...more,
})

type Through = Readonly<Record<string, number | null>>
const partition = (
  nextOffset: bigint,
  through: Through = {},
  more: Partial<PartitionSnapshot> = {},
): PartitionSnapshot => ({
  e: 1n,
  nextOffset,
  activePv: 3,
  activeHash: HASH,
  throughMs: new Map(
    Object.entries({ hr: NOW - 100, iga: NOW - 200, security: NOW - 50, ...through }),
  ),
  ...more,
})

const stated = (of: string, ...statements: ClaimStatement[]): ClaimSnapshot => ({
  source: of,
  state: statements.reduce(mergeStatement, EMPTY_CLAIM),
})

const snapshot = (more: Partial<MintSnapshot> = {}): MintSnapshot => ({
  control: partition(912n),
  parties: [{ partition: partition(43_117n), known: true, account: UNTOUCHED_ACCOUNT }],
  claims: new Map([
    ['groups', stated('hr', { op: 'add', values: ['a', 'b'], version: version(10) })],
  ]),
  doubts: new Set(),
  withdrawn: new Map(),
  denied: [],
  ...more,
})

/** An actor without any state. */
const unsaid = { claims: new Map(), doubts: new Set<string>(), withdrawn: new Map() }

const withAccount = (account: AccountState): MintSnapshot =>
  snapshot({ parties: [{ partition: partition(43_117n), known: true, account }] })

/** Deleted and enabled again by HR. */
const createdAgain: AccountState = {
  state: 'enabled',
  source: 'hr',
  version: version(12),
  deletedFloor: version(10),
  deletedBy: 'hr',
}

describe('decideMint grants', () => {
  it('labels a token with the positions of its snapshot and gives every claim (rule 4)', () => {
    expect(decideMint(request(), snapshot())).toEqual({
      kind: 'grant',
      kid: 'k1',
      parties: [{ subject: alice, label: { e: 1n, s: 43_117n, c: 912n } }],
      claims: new Map([
        ['groups', ['a', 'b']],
        ['entitlements', []],
        ['department', []],
      ]),
      omitted: new Map(),
      scopedBy: [],
      expMs: NOW + 120_000,
      throughMs: new Map([
        ['hr', NOW - 100],
        ['iga', NOW - 200],
        ['security', NOW - 50],
      ]),
    })
  })

  it('lives no longer than the audience and every claim allow (rule 25)', () => {
    const audience = (more: object) => ({ audience: { ...request().audience, ...more } })
    const life = (more: object) => decideMint(request(audience(more)), snapshot())
    expect(life({ ttlMs: 60_000 })).toMatchObject({ expMs: NOW + 60_000 })
    expect(life({ claims: ['entitlements', 'groups'] })).toMatchObject({ expMs: NOW + 120_000 })
  })

  it('gives each actor a label of its own (rule 24)', () => {
    const party = { partition: partition(7n), known: true, account: UNTOUCHED_ACCOUNT, ...unsaid }
    const parties = [snapshot().parties[0], party] as const
    expect(decideMint(request({ parties: [alice, robot] }), snapshot({ parties }))).toMatchObject({
      parties: [{ subject: alice }, { subject: robot, label: { e: 1n, s: 7n, c: 912n } }],
    })
  })

  it('drops a value that was withdrawn at or after it was given (rule 6)', () => {
    const withdrawn = (n: number) => new Map([['groups', new Map([['"b"', version(n)]])]])
    const claims = (n: number) => {
      const decision = decideMint(request(), snapshot({ withdrawn: withdrawn(n) }))
      return decision.kind === 'grant' ? decision.claims.get('groups') : decision
    }
    expect(claims(9)).toEqual(['a', 'b'])
    expect(claims(10)).toEqual(['a'])
    expect(claims(11)).toEqual(['a'])
  })

  it('forgets the values of the account source from before it deleted the subject (rule 33)', () => {
    const decision = decideMint(request(), withAccount(createdAgain))
    expect(decision).toMatchObject({ kind: 'grant' })
    expect(decision.kind === 'grant' && decision.claims.get('groups')).toEqual([])
  })

  it('needs no lease of the own voice, behind which nothing waits', () => {
    expect(decideMint(request(), snapshot()).kind).toBe('grant')
  })
})

describe('decideMint refuses', () => {
  it.each<[string, Partial<PartitionSnapshot>]>([
    ['another version is active', { activePv: 4 }],
    ['the active version has other content', { activeHash: 'cd' }],
    ['nothing was ever activated', { activePv: 0, activeHash: null }],
    ['the partitions are of two incarnations', { e: 2n }],
  ])('where %s (rules 21 and 32)', (_, more) => {
    const other = partition(43_117n, {}, more)
    const party = { partition: other, known: true, account: UNTOUCHED_ACCOUNT }
    const refusal = { kind: 'not-active', loaded: 3 }
    expect(decideMint(request(), snapshot({ parties: [party] }))).toMatchObject(refusal)
    expect(decideMint(request(), snapshot({ control: other }))).toMatchObject(refusal)
  })

  it.each<[string, string, 'control' | 'subject', number | null]>([
    ["a claim's source in the subject's partition", 'hr', 'subject', NOW - 5_001],
    ["a claim's source in the control partition", 'hr', 'control', NOW - 5_001],
    ['a source by its own lease', 'iga', 'subject', NOW - 30_001],
    ['a source that never spoke in this incarnation', 'iga', 'control', null],
    ['a cut-off source', 'security', 'control', NOW - 5_001],
    ['a source whose clock runs ahead', 'hr', 'subject', NOW + 2_001],
  ])('the silence of %s (rules 14, 15, 16)', (_, of, where, through) => {
    const quiet = partition(912n, { [of]: through })
    const party = { partition: quiet, known: true, account: UNTOUCHED_ACCOUNT }
    const decision = decideMint(
      request(),
      snapshot(where === 'control' ? { control: quiet } : { parties: [party] }),
    )
    const at = where === 'control' ? 0 : partitionOf(alice)
    const silent = { kind: 'silent-source', source: of, partition: at, isEvery: false }
    expect(decision).toEqual(silent)
  })

  it('the silence of every source, which the sources hardly cause', () => {
    const quiet = partition(912n, { hr: NOW - 5_001, iga: NOW - 30_001, security: NOW - 5_001 })
    const decision = decideMint(request(), snapshot({ control: quiet }))
    expect(decision).toMatchObject({ kind: 'silent-source', partition: 0, isEvery: true })
  })

  it("the silence of a claim's source in the partition of an actor (rules 14 and 24)", () => {
    const acting = { partition: partition(7n), known: true, account: UNTOUCHED_ACCOUNT, ...unsaid }
    const quiet = { ...acting, partition: partition(7n, { iga: NOW - 30_001 }) }
    const decide = (actor: ActorSnapshot) => {
      const parties = [snapshot().parties[0], actor] as const
      return decideMint(request({ parties: [alice, robot] }), snapshot({ parties }))
    }
    expect(decide(quiet)).toMatchObject({ source: 'iga', partition: partitionOf(robot) })
    expect(decide(acting).kind).toBe('grant')
  })

  it('accepts a silence of exactly the lease, and a source ahead by the tolerance (rule 16)', () => {
    const edge = (through: number) => snapshot({ control: partition(912n, { hr: through }) })
    expect(decideMint(request(), edge(NOW - 5_000)).kind).toBe('grant')
    expect(decideMint(request(), edge(NOW + 2_000)).kind).toBe('grant')
  })

  it("does not ask the cut-off source about the subject's partition", () => {
    const party = { ...snapshot().parties[0], partition: partition(1n, { security: null }) }
    expect(decideMint(request(), snapshot({ parties: [party] })).kind).toBe('grant')
  })

  it.each(['disabled', 'deleted'] as const)('an account that is %s', (state) => {
    const account = { ...UNTOUCHED_ACCOUNT, state }
    expect(decideMint(request(), withAccount(account))).toEqual({ kind: 'account-off', party: 0 })
  })

  it('a subject without any change', () => {
    const party = { ...snapshot().parties[0], known: false }
    const decision = decideMint(request(), snapshot({ parties: [party], claims: new Map() }))
    expect(decision).toEqual({ kind: 'unknown-subject', party: 0 })
  })

  it('a claim in doubt, by name, instead of leaving it out (rule 20)', () => {
    const decision = decideMint(request(), snapshot({ doubts: new Set(['entitlements']) }))
    expect(decision).toEqual({ kind: 'doubt', claim: 'entitlements' })
  })

  it('a claim that another source changed last (rule 32)', () => {
    const claims = new Map([
      ['groups', stated('iga', { op: 'add', values: ['a'], version: version(99) })],
    ])
    expect(decideMint(request(), snapshot({ claims }))).toEqual({ kind: 'doubt', claim: 'groups' })
  })

  it('a scalar with two values at one version', () => {
    const claim = { polarity: 'grant', shape: 'scalar' } as const
    const claims = new Map([
      [
        'department',
        stated(
          'hr',
          { op: 'set', values: ['sales'], version: version(5), claim },
          { op: 'set', values: ['legal'], version: version(5), claim },
        ),
      ],
    ])
    const decision = decideMint(request(), snapshot({ claims }))
    expect(decision).toEqual({ kind: 'doubt', claim: 'department' })
  })

  it('a claim larger than its limit, counted in UTF-8', () => {
    const long = (text: string) => {
      const statement = { op: 'set', values: [text], version: version(1) } as const
      return decideMint(
        request(),
        snapshot({ claims: new Map([['groups', stated('hr', statement)]]) }),
      )
    }
    expect(long('x'.repeat(36)).kind).toBe('grant')
    expect(long('x'.repeat(37))).toEqual({ kind: 'too-large', claim: 'groups', maxBytes: 40 })
    expect(long('ü'.repeat(19)).kind).toBe('too-large')
  })

  it('what is denied (rule 23)', () => {
    const denied = [{ kind: 'session', id: 's1' }] as const
    expect(decideMint(request(), snapshot({ denied }))).toEqual({
      kind: 'denied',
      denial: 'session',
    })
  })

  it('where each of our keys is denied, and signs with the next where one is (rule 23)', () => {
    const denyKeys = (...ids: string[]) =>
      snapshot({ denied: ids.map((id) => ({ kind: 'key', id }) as const) })
    expect(decideMint(request(), denyKeys('k1'))).toMatchObject({ kind: 'grant', kid: 'k2' })
    expect(decideMint(request(), denyKeys('k2'))).toMatchObject({ kind: 'grant', kid: 'k1' })
    expect(decideMint(request(), denyKeys('k1', 'k2'))).toEqual({ kind: 'no-key' })
  })

  it('an audience that asks for an unregistered claim', () => {
    const audience = { ...request().audience, claims: ['shoe-size'] }
    expect(decideMint(request({ audience }), snapshot())).toEqual({
      kind: 'unregistered',
      claim: 'shoe-size',
    })
  })
})
