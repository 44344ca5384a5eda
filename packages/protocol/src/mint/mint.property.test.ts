import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UNTOUCHED_ACCOUNT } from '../changes/account-state.ts'
import {
  EMPTY_CLAIM,
  mergeStatement,
  valueKey,
  valuesInForce,
  type ClaimState,
  type ClaimStatement,
} from '../claims/claim-state.ts'
import type { Knowledge } from '../judge/knowledge.ts'
import { after, laterPosition, type Position } from '../position/position.ts'
import { scopeKey, type ClaimValue } from '../scope/scope.ts'
import { laterVersion, NO_VERSION, type SourceVersion } from '../position/source-version.ts'
import { tightens } from '../claims/tightening.ts'
import type { JudgedToken } from '../judge/token.ts'
import { bornStale } from './born-stale.ts'
import { decideMint, type MintGrant } from './decide-mint.ts'
import type { PartitionSnapshot } from './mint-snapshot.ts'

const NOW = 1_795_514_400_000
const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const groups = exampleClaim('groups', 'hr', { maxTtlMs: 300_000 })
const registry = exampleRegistry([exampleSource('hr', { versions: 'feed' })], [groups])

/** The topic so far, applied: what a mint reads, and what a look reads. */
interface World {
  readonly next: { readonly s: bigint; readonly c: bigint }
  readonly state: ClaimState
  readonly withdrawn: ReadonlyMap<string, SourceVersion>
  readonly watermarks: ReadonlyMap<string, Position>
}

type Event =
  | { readonly kind: 'statement'; readonly statement: ClaimStatement }
  | { readonly kind: 'withdrawn'; readonly value: ClaimValue; readonly version: SourceVersion }

const EMPTY: World = {
  next: { s: 1n, c: 1n },
  state: EMPTY_CLAIM,
  withdrawn: new Map(),
  watermarks: new Map(),
}

const versions = fc.record({ epoch: fc.constant(0n), n: fc.bigInt(0n, 9n) })
const values = ['a', 'b', 'c']
const events: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('statement' as const),
    statement: fc.record({
      op: fc.constantFrom('set', 'add', 'remove', 'clear'),
      values: fc.subarray(values),
      version: versions,
    }),
  }),
  fc.record({
    kind: fc.constant('withdrawn' as const),
    value: fc.constantFrom(...values),
    version: versions,
  }),
)

function inForce({ state, withdrawn }: World): readonly ClaimValue[] {
  return valuesInForce(state, (value) => withdrawn.get(valueKey(value)) ?? NO_VERSION)
}

function apply(world: World, event: Event): World {
  return event.kind === 'statement' ? applyStatement(world, event) : applyWithdrawal(world, event)
}

function applyStatement(world: World, { statement }: Event & { kind: 'statement' }): World {
  const { next } = world
  const merged = { ...world, state: mergeStatement(world.state, statement) }
  const scope = scopeKey({ kind: 'subject', subject: alice, claim: 'groups' })
  const moved = { ...merged, next: { ...next, s: next.s + 1n } }
  return tightens(groups, inForce(world), inForce(merged)) ? raise(moved, scope, next.s) : moved
}

function applyWithdrawal(world: World, { value, version }: Event & { kind: 'withdrawn' }): World {
  const { next } = world
  const key = valueKey(value)
  const before = world.withdrawn.get(key) ?? NO_VERSION
  const withdrawn = new Map(world.withdrawn).set(key, laterVersion(before, version))
  const scope = scopeKey({ kind: 'value', tenant: 'acme', claim: 'groups', value })
  return raise({ ...world, withdrawn, next: { ...next, c: next.c + 1n } }, scope, next.c)
}

function raise(world: World, scope: string, offset: bigint): World {
  const position = laterPosition(world.watermarks.get(scope), after(1n, offset))
  return { ...world, watermarks: new Map(world.watermarks).set(scope, position) }
}

function mintIn(world: World): MintGrant {
  const partition = (nextOffset: bigint): PartitionSnapshot => ({
    e: 1n,
    nextOffset,
    activePv: 1,
    activeHash: 'ab',
    throughMs: new Map([['hr', NOW]]),
  })
  const decision = decideMint(
    {
      parties: [alice],
      audience: { name: 'payments', claims: ['groups'], ttlMs: 60_000, routes: new Map() },
      registry,
      registryHash: 'ab',
      keys: [{ kid: 'k1' }],
      iatMs: NOW,
    },
    {
      control: partition(world.next.c),
      parties: [{ partition: partition(world.next.s), known: true, account: UNTOUCHED_ACCOUNT }],
      claims: new Map([['groups', { source: 'hr', state: world.state }]]),
      doubts: new Set(),
      withdrawn: new Map([['groups', world.withdrawn]]),
      denied: [],
    },
  )
  if (decision.kind !== 'grant') throw new Error(`refused: ${decision.kind}`)
  return decision
}

const tokenOf = ({ parties, claims }: MintGrant): JudgedToken => ({
  tenant: 'acme',
  issuer: 'https://tokens.example',
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 1,
  parties,
  claims,
})

const knowledgeIn = ({ watermarks }: World): Knowledge => ({
  map: undefined,
  minimumPv: 1,
  incarnation: () => 1n,
  watermark: (scope) => {
    const position = watermarks.get(scopeKey(scope))
    return position && { position }
  },
  denial: () => undefined,
  trust: () => ({ fresh: true }),
})

const histories = fc.array(events, { maxLength: 12 })

describe('the result for any changes of the sources, in any order', () => {
  it('a token is never stale by what was applied before it was minted (rules 3 and 4)', () => {
    fc.assert(
      fc.property(histories, (before) => {
        const world = before.reduce(apply, EMPTY)
        expect(bornStale(tokenOf(mintIn(world)), knowledgeIn(world))).toBeUndefined()
      }),
    )
  })

  it('a token carries exactly the values in force, none of them withdrawn (rule 6)', () => {
    fc.assert(
      fc.property(histories, (before) => {
        const world = before.reduce(apply, EMPTY)
        expect(mintIn(world).claims.get('groups')).toEqual(inForce(world))
      }),
    )
  })

  it('a token that lost a value since is seen by the look, and stays so (rule 5)', () => {
    fc.assert(
      fc.property(histories, histories, histories, (before, during, later) => {
        const world = before.reduce(apply, EMPTY)
        const token = tokenOf(mintIn(world))
        const changed = during.reduce(apply, world)
        const lost = inForce(world).some((value) => !inForce(changed).includes(value))
        fc.pre(lost)
        for (const known of [changed, later.reduce(apply, changed)]) {
          expect(bornStale(token, knowledgeIn(known))).toMatchObject({ kind: 'stale' })
        }
      }),
    )
  })
})
