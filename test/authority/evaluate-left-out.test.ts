import { createPublicKey } from 'node:crypto'
import { scopeKey, UNTOUCHED_ACCOUNT, type Claim, type JudgedToken } from '@freshet/protocol'
import type { Evaluation, EvaluationAnswer } from '@freshet/wire'
import { APPROVE, ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  alice,
  evaluationWorld,
  NOW,
  stating,
  US,
  type EvaluationWorld,
} from './evaluation-world.ts'
import { mint } from '../../packages/authority/src/mint/mint.ts'
import type { MintedToken } from '../../packages/authority/src/mint/mint-store.ts'
import { readOwnToken } from '../../packages/authority/src/tokens/own-token.ts'

const label = { e: 1n, s: 10n, c: 5n }
const FRESH = { kind: 'fresh' } as const

/** A token that was minted for groups, which were too large. */
const without: JudgedToken = {
  tenant: 'acme',
  issuer: US,
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [{ subject: alice, label }],
  claims: new Map(),
  omitted: new Map([['groups', 'over']]),
}
let world: EvaluationWorld
beforeEach(async () => {
  world = await evaluationWorld()
})

const ask = (
  more: Partial<Evaluation>,
  token: Partial<JudgedToken> = {},
): Promise<EvaluationAnswer> => world.ask({ ...without, ...token }, more)

describe('a claim that the token leaves out', () => {
  const leftOut = { kind: 'unverified', source: 'freshet', reason: 'omitted-over' }
  const require = { groups: ['payments-approvers'] }
  const route = { route: APPROVE, facts: { amount: 5 } }
  const used = { claims: ['groups'], require }

  it('is judged by the present values of its source, and the answer names it as held', async () => {
    const answer = { decision: true, held: ['groups'], verdicts: new Map([['groups', FRESH]]) }
    expect(await ask(used)).toMatchObject(answer)
    expect(world.rechecks[0]?.wantedState).toEqual({ parties: [alice], claims: ['groups'] })
  })

  it('is insufficient where its subject has not now what is required', async () => {
    world.state = { ...world.state, claims: new Map([['groups', stating('hr', 'staff')]]) }
    expect(await ask(used)).toMatchObject({ decision: false, code: 'token.insufficient' })
  })

  it('stays unverified if no question names the required values: it is no empty set', async () => {
    const answer = await ask({ claims: ['groups'] })
    expect(answer).toMatchObject({ decision: false, verdicts: new Map([['groups', leftOut]]) })
    expect(answer).not.toHaveProperty('held')
  })

  it('is one of those that are judged where none is named', async () => {
    expect(await ask({})).toMatchObject({ verdicts: new Map([['groups', leftOut]]) })
  })

  it('is stale where it tightened since (rule 40), unverified while its source is silent or it is in doubt', async () => {
    world.through.set('hr', NOW - 60_000)
    const silent = { kind: 'unverified', source: 'hr' }
    expect((await ask(used)).verdicts.get('groups')).toMatchObject(silent)
    world.through.set('hr', NOW)
    world.state = { ...world.state, doubts: new Set(['groups']) }
    expect((await ask(used)).verdicts.get('groups')).toMatchObject(silent)
    const scope = scopeKey({ kind: 'subject', subject: alice, claim: 'groups' })
    const cause = { source: 'hr', change: 'c9' }
    world.watermarks = new Map([[scope, { position: { e: 1n, offset: 11n }, ...cause }]])
    expect((await ask(used)).verdicts.get('groups')).toMatchObject({ kind: 'stale' })
  })

  it('is required by a route and read by its policies like one that is carried', async () => {
    const answer = await ask(route)
    expect(answer).toMatchObject({ decision: true, held: ['groups'], policies: ['small amounts'] })
    world.state = { ...world.state, claims: new Map([['groups', stating('hr', 'staff')]]) }
    expect(await ask(route)).toMatchObject({ code: 'token.insufficient' })
  })

  it('is not answered by the values of its subject alone if the token has an actor', async () => {
    const parties = [
      { subject: alice, label },
      { subject: { ...alice, sub: 'bot' }, label },
    ] as const
    const verdicts = new Map([['groups', leftOut]])
    expect(await ask(used, { parties })).toMatchObject({ decision: false, verdicts })
  })
})

it('mint names what it leaves out: in the token, in what it records, and in the audit', async () => {
  const partition = {
    e: 1n,
    nextOffset: 9n,
    activePv: 3,
    activeHash: 'ab',
    throughMs: world.through,
  }
  const party = { partition, known: true, account: UNTOUCHED_ACCOUNT }
  const recorded: MintedToken[] = []
  const groups = { ...world.registry.claims.get('groups'), maxBytes: 1, onOver: 'omit' } as Claim
  const claims = new Map([...world.registry.claims, ['groups', groups] as const])
  const audience = {
    name: 'payments',
    claims: ['groups', 'holds'],
    ttlMs: 300_000,
    routes: new Map(),
  }
  const order = { tenant: 'acme', parties: [alice], client: 'web', audience } as const
  const { jwt } = await mint(order, {
    store: {
      snapshot: async () => ({ ...world.state, control: partition, parties: [party], denied: [] }),
      recordAndRecheck: async (minted) => {
        recorded.push(minted)
        return { partitions: new Map(), watermarks: new Map(), denials: new Map() }
      },
      withhold: () => expect.unreachable(),
    },
    clock: new ManualClock(NOW),
    randomId: () => 'j1',
    keys: () => [{ ...world.key, signsFromMs: 0 }],
    issuer: US,
    loaded: { registry: { ...world.registry, claims }, hash: 'ab' },
  })
  const published = { ...world.key, key: createPublicKey(world.key.key) }
  const { payload } = readOwnToken(jwt, { keys: [published], issuer: US })
  expect(payload).toMatchObject({ holds: [], freshet: { over: ['groups'] } })
  expect(payload).not.toHaveProperty('groups')
  const token = { omitted: new Map([['groups', 'over']]) }
  const audit = { detail: { over: 'groups' } }
  expect(recorded).toMatchObject([{ present: ['holds'], token, audit }])
})
