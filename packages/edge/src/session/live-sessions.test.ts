import { CONTROL_PARTITION, partitionOf, type Revocation } from '@freshet/protocol'
import {
  ALICE,
  edgesIn,
  edgeWorld,
  originInWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import type { TokenClaims } from '../token/token-claims.ts'

const HERS = partitionOf(ALICE)
let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(() => edges.closeAll())

const claimsOf = async (edge: Edge): Promise<TokenClaims> =>
  (await edge.verify(world.token())).claims

function denialOf({ token }: TokenClaims): Revocation {
  const origin = originInWorld('security-1', CONTROL_PARTITION, 1n, world.clock.nowMs())
  return { ...origin, scope: 'denial', denial: 'token', target: token.jti }
}

describe('the signal of a live session', () => {
  it('aborts when a claim that it uses goes stale, naming claim, reason and change', async () => {
    const edge = await edges.live()
    const signal = edge.signal(await claimsOf(edge))
    expect(signal.aborted).toBe(false)
    await world.publish(HERS, [world.groupsLost(101n, 'hr-42')])
    await world.clock.advance(0)
    await world.clock.advance(100)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({
      code: 'token.stale',
      message: 'Claim groups is stale: claim-changed by change hr-42.',
    })
    expect(edge.stats().sessions).toBe(0)
  })

  it('does not abort for claims that it does not use', async () => {
    const edge = await edges.live()
    const signal = edge.signal(await claimsOf(edge), { uses: ['entitlements'] })
    await world.publish(HERS, [world.groupsLost(101n)])
    await world.clock.advance(200)
    expect(signal.aborted).toBe(false)
  })

  it.each([
    ['no claim', []],
    ['a claim of another source', ['entitlements']],
    ['a claim that no map names', ['nothing-known']],
  ])('aborts for a session with %s when its token is denied', async (_, uses) => {
    const edge = await edges.live()
    const claims = await claimsOf(edge)
    const signal = edge.signal(claims, { uses, whenUnverified: 'keep' })
    expect(signal.aborted).toBe(false)
    await world.publish(CONTROL_PARTITION, [denialOf(claims)])
    await world.clock.advance(200)
    expect(signal.reason).toMatchObject({ code: 'token.stale' })
    expect(edge.judge(claims, uses)).toMatchObject({ kind: 'stale', reason: 'token-denied' })
    expect(edge.signal(claims, { uses }).aborted).toBe(true)
  })

  it('aborts for a session that uses no claim when its subject is disabled, and in silence', async () => {
    const edge = await edges.live()
    const claims = await claimsOf(edge)
    const silenced = edge.signal(claims, { uses: [] })
    const disabled = edge.signal(claims, { uses: [], whenUnverified: 'keep' })
    await world.clock.advance(7_000)
    expect(silenced.reason).toMatchObject({ code: 'token.unverified' })
    expect(disabled.aborted).toBe(false)
    const origin = originInWorld('hr-9', CONTROL_PARTITION, 1n, world.clock.nowMs())
    await world.publish(CONTROL_PARTITION, [
      { ...origin, scope: 'account', subject: ALICE, op: 'disabled', offset: 101n },
    ])
    await world.clock.advance(200)
    expect(disabled.reason).toMatchObject({
      message: 'The token is stale: account by change hr-9.',
    })
  })

  it('is not changed by what the caller does to the list of claims afterwards', async () => {
    const edge = await edges.live()
    const uses = ['groups']
    const signal = edge.signal(await claimsOf(edge), { uses })
    uses[0] = 'entitlements'
    await world.publish(HERS, [world.groupsLost(101n)])
    await world.clock.advance(200)
    expect(signal.aborted).toBe(true)
  })

  it('is judged within 100 ms also when revocations come thick', async () => {
    const edge = await edges.live()
    const bob = { ...ALICE, sub: 'bob' }
    const signal = edge.signal(await claimsOf(edge))
    await world.publish(HERS, [
      { ...world.groupsLost(9n, 'x'), scope: 'account', subject: bob, op: 'disabled', offset: 1n },
    ])
    await world.publish(HERS, [world.groupsLost(101n)])
    await world.clock.advance(0)
    await world.clock.advance(100)
    expect(signal.aborted).toBe(true)
  })

  it('aborts when no source confirms any more, unless it is set to keep the session', async () => {
    const edge = await edges.live()
    const claims = await claimsOf(edge)
    const closed = edge.signal(claims)
    const kept = edge.signal(claims, { whenUnverified: 'keep' })
    await world.clock.advance(7_000)
    expect(closed.reason).toMatchObject({ code: 'token.unverified' })
    expect(kept.aborted).toBe(false)
    await world.publish(HERS, [world.groupsLost(101n)])
    await world.clock.advance(0)
    await world.clock.advance(100)
    expect(kept.reason).toMatchObject({ code: 'token.stale' })
  })

  it('aborts when the token expires and when the edge closes', async () => {
    const edge = await edges.live()
    const iat = Math.floor(world.clock.nowMs() / 1_000)
    const short = world.token({ claims: { iat, exp: iat + 3 } })
    const first = edge.signal((await edge.verify(short)).claims)
    await world.liveFor(3_000)
    expect(first.reason).toMatchObject({ message: 'The token of the session expired.' })
    const second = edge.signal(await claimsOf(edge))
    await edges.closeAll()
    expect(second.aborted).toBe(true)
  })

  it('is aborted from the start for a token that is stale already', async () => {
    const edge = await edges.live()
    const claims = await claimsOf(edge)
    await world.publish(HERS, [world.groupsLost(101n)])
    await world.clock.advance(0)
    expect(edge.signal(claims).aborted).toBe(true)
  })

  it('is bounded in number, and given back when the session is over', async () => {
    const edge = await edges.live({ limits: { sessions: 1 } })
    const claims = await claimsOf(edge)
    const over = new AbortController()
    const signal = edge.signal(claims, { until: over.signal })
    expect(() => edge.signal(claims)).toThrow(expect.objectContaining({ code: 'limit.reached' }))
    over.abort()
    expect(signal.aborted).toBe(false)
    expect(edge.stats().sessions).toBe(0)
    edge.signal(claims)
  })

  it('is not made for unverified claims', async () => {
    const edge = await edges.live()
    const forged = { ...(await claimsOf(edge)) }
    const invalid = expect.objectContaining({ code: 'token.invalid' }) as unknown as Error
    expect(() => edge.signal(forged)).toThrow(invalid)
    expect(() => edge.judge(forged)).toThrow(invalid)
  })
})
