import { CONTROL_PARTITION, partitionOf } from '@freshet/protocol'
import {
  ALICE,
  answeringValidator,
  edgesIn,
  edgeWorld,
  ManualClock,
  originInWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge

async function start(clock?: ManualClock): Promise<void> {
  world = await edgeWorld(clock)
  edges = edgesIn(world)
  edge = await edges.live()
}

beforeEach(() => start())

afterEach(() => edges.closeAll())

const require = { groups: ['payments-approvers'] }
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const dayAfter = (days: number): string =>
  new Date(world.clock.nowMs() + days * DAY_MS).toISOString().slice(0, 10)
const observing = (days = 7) => ({ require, enforce: `observe until ${dayAfter(days)}` })

async function loseGroups(): Promise<void> {
  await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
  await world.clock.advance(0)
}

async function deny(denial: 'key' | 'issuer' | 'session' | 'token', target: string): Promise<void> {
  const origin = originInWorld('sec-1', CONTROL_PARTITION, world.e, world.clock.nowMs())
  await world.publish(CONTROL_PARTITION, [{ ...origin, scope: 'denial', denial, target }])
  await world.clock.advance(0)
}

describe('a route that is observed', () => {
  it('lets a stale token in, and reports the verdict and the answer that it would have given', async () => {
    const token = world.token()
    await loseGroups()
    const decision = await edge.decide({ token, ...observing() })
    expect(decision).toMatchObject({
      decision: 'allow',
      status: 200,
      observed: { decision: 'deny', status: 401, code: 'token.stale', stripped: [] },
    })
    expect(decision.code).toBeUndefined()
    expect(decision.wwwAuthenticate).toBeUndefined()
    expect(decision.verdicts.get('groups')).toMatchObject({ kind: 'stale', change: 'hr-42' })
  })

  it('lets in what is unverified, and what lacks a required value', async () => {
    const lacking = world.token({ claims: { groups: ['staff'] } })
    expect(await edge.decide({ token: lacking, ...observing() })).toMatchObject({
      decision: 'allow',
      observed: { status: 403, code: 'token.insufficient' },
    })
    const token = world.token()
    await world.clock.advance(6_000)
    expect(await edge.decide({ token, ...observing() })).toMatchObject({
      decision: 'allow',
      observed: { status: 503, code: 'token.unverified' },
    })
  })

  it('reports for a fresh token that it would have been allowed', async () => {
    const decision = await edge.decide({ token: world.token(), ...observing() })
    expect(decision).toMatchObject({ decision: 'allow', observed: { decision: 'allow' } })
  })

  it('strips nothing, and reports the claims that it would have stripped', async () => {
    const groups = world.map.claims.get('groups')
    if (groups === undefined) throw new Error('the world has no groups')
    const claims = new Map([...world.map.claims, ['groups', { ...groups, onUnverified: 'strip' }]])
    const map = { ...world.map, version: 2, claims } as typeof world.map
    await world.announce(map)
    await world.liveFor(1_000, { map })
    await world.clock.advance(6_000)
    const { enforce } = observing()
    expect(await edge.decide({ token: world.token(), enforce })).toMatchObject({
      decision: 'allow',
      stripped: [],
      observed: { decision: 'allow', stripped: ['groups'] },
    })
  })

  it.each([
    ['no token', () => undefined],
    ['a token that is none', () => 'a.b.c'],
    ['another audience', () => world.token({ claims: { aud: ['ledger'] } })],
    ['an expired token', () => world.token({ claims: { iat: 1_000, exp: 1_300 } })],
  ])('still refuses %s', async (_, token) => {
    const decision = await edge.decide({ token: token(), ...observing() })
    expect(decision).toMatchObject({ decision: 'challenge', status: 401 })
    expect(decision.observed).toBeUndefined()
  })

  it('still refuses what a denied key or issuer signed: anybody may have (rule 23)', async () => {
    const token = world.token()
    await deny('token', 'jti-1')
    expect(await edge.decide({ token, ...observing() })).toMatchObject({
      decision: 'allow',
      observed: { code: 'token.revoked' },
    })
    await deny('key', world.tokenKey.kid)
    expect(await edge.decide({ token: world.token(), ...observing() })).toMatchObject({
      decision: 'deny',
      status: 401,
      code: 'token.revoked',
    })
  })

  it('is counted by its unenforced answer, for stats and in reports', async () => {
    const token = world.token()
    await loseGroups()
    await edge.decide({ token, ...observing() })
    await edge.decide({ token, ...observing() })
    await edge.decide({
      token: world.token({ label: { e: 1n, s: 102n, c: 100n } }),
      ...observing(),
    })
    expect(edge.stats()).toMatchObject({
      decisions: { allow: 3, deny: 0, challenge: 0 },
      observed: { 'token.stale': 2 },
    })
  })
})

describe('the end of observing', () => {
  it('comes by itself, at the end of its day in UTC', async () => {
    const endMs = Date.parse(`${dayAfter(1)}T00:00:00Z`)
    await edges.closeAll()
    await start(new ManualClock(endMs - MINUTE_MS))
    const day = { require, enforce: `observe until ${dayAfter(0)}` }
    await world.clock.advance(endMs - world.clock.nowMs() - 1)
    const token = world.token()
    expect(await edge.decide({ token, ...day })).toMatchObject({ decision: 'allow' })
    await world.clock.advance(1)
    expect(await edge.decide({ token, ...day })).toMatchObject({
      decision: 'deny',
      code: 'token.unverified',
    })
  })

  it('is not delayed by a clock that is behind: sources sent a later time', async () => {
    const token = world.token()
    world.brokerAheadMs = 2 * DAY_MS
    const later = world.clock.nowMs() + world.brokerAheadMs
    await loseGroups()
    expect(await edge.decide({ token, ...observing(0) })).toMatchObject({ decision: 'allow' })
    await world.heartbeat({ through: { hr: later, iga: later, security: later } })
    await world.clock.advance(0)
    expect(await edge.decide({ token, ...observing(0) })).toMatchObject({
      decision: 'deny',
      code: 'token.stale',
    })
  })

  it('control: without `enforce`, and with `always`, the same token is refused', async () => {
    const token = world.token()
    await loseGroups()
    for (const enforce of [{}, { enforce: 'always' }])
      expect(await edge.decide({ token, require, ...enforce })).toMatchObject({
        decision: 'deny',
        code: 'token.stale',
      })
  })
})

describe('a route that cannot be observed', () => {
  it.each([
    ['a text that says neither', { enforce: 'observe' }],
    ['a high risk', { enforce: 'observe until 2099-12-31', risk: 'high' }],
  ] as const)('is refused when it is made, and at each request: %s', async (_, policy) => {
    expect(() => edge.express(policy)).toThrow(/enforce/)
    await expect(edge.decide({ token: world.token(), ...policy })).rejects.toMatchObject({
      code: 'config.invalid',
    })
  })
})

describe('run-time validation on an observed route', () => {
  it('is asked as usual, and its refusal is reported', async () => {
    const groups = world.map.claims.get('groups')
    if (groups === undefined) throw new Error('the world has no groups')
    const validate = { ...groups, onUnverified: 'validate' as const }
    const map = { ...world.map, version: 2, claims: new Map([['groups', validate]]) }
    const validator = answeringValidator({ kind: 'stale', reason: 'claim-changed', change: 'hr-7' })
    const asking = await edges.live({ validator })
    await world.announce(map)
    await world.liveFor(1_000, { map })
    await world.clock.advance(6_000)
    expect(await asking.decide({ token: world.token(), ...observing() })).toMatchObject({
      decision: 'allow',
      observed: { status: 401, code: 'token.stale' },
    })
    expect(validator.questions).toHaveLength(1)
  })
})

describe('a heartbeat whose time is ahead of the broker', () => {
  const ahead = (): Promise<void> =>
    world.heartbeat({ through: { hr: world.clock.nowMs() + 30 * DAY_MS } })

  it('ends no observed route, and silences its source no longer than until the next right one', async () => {
    const token = world.token()
    await ahead()
    await world.clock.advance(6_000)
    expect(await edge.decide({ token, ...observing() })).toMatchObject({
      decision: 'allow',
      observed: { code: 'token.unverified' },
    })
    await world.heartbeat()
    expect(await edge.decide({ token, require })).toMatchObject({ decision: 'allow' })
  })

  it('control: ends the route where the broker has reached that time', async () => {
    const token = world.token()
    await loseGroups()
    world.brokerAheadMs = 30 * DAY_MS
    await ahead()
    await world.clock.advance(0)
    expect((await edge.decide({ token, ...observing() })).observed).toBeUndefined()
  })
})
