import { CONTROL_PARTITION, partitionOf, type BreakGlassGrant } from '@freshet/protocol'
import {
  ALICE,
  answeringValidator,
  edgesIn,
  edgeWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'

const MINUTE_MS = 60_000
const route = 'POST /approve'
const require = { groups: ['payments-approvers'] }

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge
let map: EdgeWorld['map']

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
  await allow(60 * MINUTE_MS)
})

afterEach(() => edges.closeAll())

/** From now on the registry lets routes be opened for so long. */
async function allow(maxMs: number, version = 2): Promise<void> {
  map = { ...world.map, version, grantMaxMs: maxMs }
  await world.announce(map)
  await world.liveFor(1_000, { map })
}

const grant = (more: Partial<BreakGlassGrant> = {}): BreakGlassGrant => ({
  id: 'open-1',
  tenant: 'acme',
  audience: 'payments',
  route,
  claim: 'groups',
  fromMs: world.clock.nowMs(),
  untilMs: world.clock.nowMs() + 10 * MINUTE_MS,
  ...more,
})

/** HR, which owns groups and the account, falls silent; everybody else goes on. */
async function silenceOfHr(grants: readonly BreakGlassGrant[], next = 1_001n): Promise<void> {
  const hr = world.clock.nowMs() - 10_000
  await world.liveFor(7_000, { map, through: { hr }, openings: grants, next })
}

const ask = (token: string, more: object = {}) =>
  edge.decide({ token, require, name: route, ...more })

describe('an opening', () => {
  it('lets an unverified claim in on its route, and reports the grant', async () => {
    await silenceOfHr([grant()])
    const decision = await ask(world.token())
    expect(decision).toMatchObject({
      decision: 'allow',
      status: 200,
      openings: [{ id: 'open-1', claim: 'groups' }],
    })
    expect(decision.verdicts.get('groups')).toMatchObject({ kind: 'unverified', source: 'hr' })
    expect(edge.stats()).toMatchObject({ opened: 1 })
  })

  it('control: without it, and without the name of the route, the same request is refused', async () => {
    await silenceOfHr([])
    const refused = { decision: 'deny', status: 503, code: 'token.unverified' }
    expect(await ask(world.token())).toMatchObject(refused)
    await world.heartbeat({ map, through: { hr: 0 }, openings: [grant()], next: 1_002n })
    await world.clock.advance(0)
    expect(await ask(world.token())).toMatchObject({ decision: 'allow' })
    expect(await edge.decide({ token: world.token(), require })).toMatchObject(refused)
  })

  it('never lets in what is stale: what is known stands', async () => {
    const token = world.token()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
    await silenceOfHr([grant()])
    expect(await ask(token)).toMatchObject({ decision: 'deny', status: 401, code: 'token.stale' })
  })

  it('reports nothing for a fresh token, and lets in no token that lacks a value or is not valid', async () => {
    await world.liveFor(1_000, { map, openings: [grant()], next: 1_001n })
    expect((await ask(world.token())).openings).toBeUndefined()
    await silenceOfHr([grant()])
    expect(await ask(world.token({ claims: { groups: ['staff'] } }))).toMatchObject({
      decision: 'deny',
      code: 'token.insufficient',
    })
    expect(await ask('a.b.c')).toMatchObject({ decision: 'challenge', code: 'token.invalid' })
  })

  it('lets in no token that leaves the claim out: its holder can have lacked it always', async () => {
    await silenceOfHr([grant()])
    const omitted = new Map([['groups', 'unverified']] as const)
    const token = world.token({ omitted, claims: { groups: undefined } })
    expect(await ask(token)).toMatchObject({ decision: 'deny', status: 503 })
  })

  it.each<[string, Partial<BreakGlassGrant>]>([
    ['another tenant', { tenant: 'globex' }],
    ['another audience', { audience: 'ledger' }],
    ['another route', { route: 'GET /approve' }],
    ['another claim', { claim: 'entitlements' }],
    ['a time that is over', { untilMs: 1 }],
    ['a time that is longer than any', { untilMs: 4e12 }],
    ['a time that is to come', { fromMs: 3.9e12, untilMs: 3.9e12 + MINUTE_MS }],
  ])('opens nothing for %s', async (_, more) => {
    await silenceOfHr([grant(more)])
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', status: 503 })
  })

  it('never counts on a route of high risk, which needs the authority’s answer (S19)', async () => {
    await silenceOfHr([grant()])
    for (const high of [{ risk: 'high' }, { route }])
      expect(await ask(world.token(), high)).toMatchObject({ decision: 'deny' })
  })

  it('ends by itself at its time', async () => {
    const until = grant({ untilMs: world.clock.nowMs() + 9_000 })
    await silenceOfHr([until])
    expect(await ask(world.token())).toMatchObject({ decision: 'allow' })
    await world.liveFor(2_000, { map, through: { hr: 0 }, openings: [until], next: 1_001n })
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', status: 503 })
  })

  it('is not kept open by a clock that is behind: sources sent a later time', async () => {
    const until = grant()
    await silenceOfHr([until])
    expect(await ask(world.token())).toMatchObject({ decision: 'allow' })
    const through = { hr: 0, iga: until.untilMs }
    await world.heartbeat({ map, through, openings: [until], next: 1_001n })
    await world.clock.advance(0)
    // Control: a time that the broker has not reached is no present.
    expect(await ask(world.token())).toMatchObject({ decision: 'allow' })
    world.brokerAheadMs = until.untilMs - world.clock.nowMs()
    await world.heartbeat({ map, through, openings: [until], next: 1_001n })
    await world.clock.advance(0)
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', status: 503 })
  })

  it('ends when it is closed, and a heartbeat from before does not open it again', async () => {
    await silenceOfHr([grant()])
    await world.heartbeat({ map, through: { hr: 0 }, next: 1_002n })
    await world.clock.advance(0)
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', status: 503 })
    await world.heartbeat({ map, through: { hr: 0 }, openings: [grant()], next: 1_001n })
    await world.clock.advance(0)
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', status: 503 })
  })

  it('ends at an edge that is cut off, at its time', async () => {
    await silenceOfHr([grant()])
    await world.clock.advance(9 * MINUTE_MS - 7_000)
    expect(await ask(world.token())).toMatchObject({ decision: 'allow' })
    await world.clock.advance(MINUTE_MS)
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', status: 503 })
  })

  it('opens nothing where the registry lets none be, or none so long', async () => {
    const long = grant({ untilMs: world.clock.nowMs() + 50 * MINUTE_MS })
    await silenceOfHr([long])
    expect(await ask(world.token())).toMatchObject({ decision: 'allow' })
    map = { ...map, version: 3, grantMaxMs: 20 * MINUTE_MS }
    await world.announce(map)
    await silenceOfHr([long])
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', status: 503 })
  })

  it('opens nothing if its signature is forged', async () => {
    await silenceOfHr([])
    const { checkpointKey } = await edgeWorld()
    await world.heartbeat({
      map,
      through: { hr: 0 },
      openings: [grant()],
      next: 1_009n,
      key: checkpointKey,
    })
    await world.clock.advance(0)
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', status: 503 })
  })

  it('opens nothing in another partition than that of control', async () => {
    await silenceOfHr([])
    const partitions = [CONTROL_PARTITION + 1]
    const next = 1_009n
    await world.heartbeat({ map, partitions, through: { hr: 0 }, openings: [grant()], next })
    await world.clock.advance(0)
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', status: 503 })
  })

  it('does not overturn an authority that answers stale (rule 40)', async () => {
    const groups = map.claims.get('groups')
    if (groups === undefined) throw new Error('the world has no groups')
    const validate = { ...groups, onUnverified: 'validate' as const }
    map = { ...map, version: 4, claims: new Map([...map.claims, ['groups', validate]]) }
    await world.announce(map)
    await edges.closeAll()
    const validator = answeringValidator({ kind: 'stale', reason: 'claim-changed', change: 'hr-7' })
    edge = await edges.start({ validator })
    await world.liveFor(1_000, { map })
    await silenceOfHr([grant()])
    expect(await ask(world.token())).toMatchObject({ decision: 'deny', code: 'token.stale' })
  })
})
