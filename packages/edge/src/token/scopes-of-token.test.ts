import { partitionOf, type ClaimMap } from '@freshet/protocol'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(() => edges.closeAll())

/** A token with a scope that is derived from groups, as the authority mints it. */
const scoped = (): string =>
  world.token({ scopedBy: ['groups'], claims: { scope: 'approve', entitlements: ['x'] } })
/** The same token, with the same scope, which no claim stands behind. */
const unscoped = (): string => world.token({ claims: { scope: 'approve', entitlements: ['x'] } })
const loseGroups = async (): Promise<void> => {
  await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
  await world.clock.advance(0)
}

describe('a token with a scope that is derived from a claim', () => {
  it('is allowed while the claim is fresh, and the decision names the claim', async () => {
    const edge = await edges.live()
    const decision = await edge.decide({ token: scoped(), require: {} })
    expect(decision).toMatchObject({ decision: 'allow', claims: { scope: 'approve' } })
    expect([...decision.verdicts.keys()]).toEqual(['', 'groups'])
  })

  it.each([
    ['requires nothing', {}],
    ['requires another claim', { entitlements: ['x'] }],
  ])('is refused when the claim goes stale, at a route that %s', async (_, require) => {
    const edge = await edges.live()
    const [token, control] = [scoped(), unscoped()]
    await loseGroups()
    const stale = { decision: 'deny', status: 401, code: 'token.stale' }
    expect(await edge.decide({ token, require })).toMatchObject(stale)
    // Control: without the name of the claim the same request is allowed.
    expect(await edge.decide({ token: control, require })).toMatchObject({ decision: 'allow' })
  })

  it('is stale for verify, judge and signal, whatever claims they name', async () => {
    const edge = await edges.live()
    const { claims } = await edge.verify(scoped())
    const uses = ['entitlements']
    const signals = [uses, []].map((each) => edge.signal(claims, { uses: each }))
    expect(edge.judge(claims, uses)).toEqual({ kind: 'fresh' })
    await loseGroups()
    await world.clock.advance(100)
    expect(edge.judge(claims, uses)).toMatchObject({ kind: 'stale' })
    expect(edge.judge(claims, [])).toMatchObject({ kind: 'stale' })
    expect(await edge.verify(scoped(), { uses })).toMatchObject({ verdict: { kind: 'stale' } })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it('is refused while the source of the claim is silent, where the claim alone could be stripped', async () => {
    const edge = await edges.live()
    const entitlements = world.map.claims.get('entitlements') ?? expect.unreachable()
    const strip = { ...entitlements, onUnverified: 'strip' } as const
    const map: ClaimMap = {
      ...world.map,
      version: 2,
      claims: new Map([...world.map.claims, ['entitlements', strip]]),
    }
    await world.announce(map)
    await world.liveFor(40_000, { map, through: { [strip.source]: null } })
    const claims = { scope: 'read', entitlements: ['x'] }
    const scopedByIt = world.token({ claims, scopedBy: ['entitlements'] })
    const unverified = { decision: 'deny', status: 503, code: 'token.unverified' }
    expect(await edge.decide({ token: scopedByIt })).toMatchObject(unverified)
    // Control: what is stripped is not read, but a scope stays in the token.
    const stripped = { decision: 'allow', stripped: ['entitlements'] }
    expect(await edge.decide({ token: world.token({ claims }) })).toMatchObject(stripped)
  })
})
