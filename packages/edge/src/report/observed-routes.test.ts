import { CONTROL_PARTITION, partitionOf } from '@freshet/protocol'
import {
  ALICE,
  edgesIn,
  edgeWorld,
  originInWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import {
  decodeEdgeReport,
  EDGE_REPORTS_TOPIC,
  edgeReportPartition,
  OBSERVED_ROUTES_MAX,
  type ObservedRoute,
} from '@freshet/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})
afterEach(() => edges.closeAll())

const enforce = 'observe until 2099-12-31'
const require = { groups: ['payments-approvers'] }
const where = { tenant: 'acme', audience: 'payments' }

/** Returns the observed routes in all reports. */
async function reported(): Promise<readonly ObservedRoute[]> {
  await world.liveFor(2_000)
  return world.log
    .records(EDGE_REPORTS_TOPIC, edgeReportPartition('edge-1'))
    .flatMap((record) => decodeEdgeReport(record) ?? [])
    .flatMap(({ observedRoutes = [] }) => observedRoutes)
}

describe('the requests on an observed route', () => {
  it('are reported by route, with those that used a removed right', async () => {
    const edge = await edges.live()
    const token = world.token()
    const ask = (name?: string) =>
      edge.decide({ token, require, enforce, ...(name !== undefined && { name }) })
    await ask('POST /approve')
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
    await world.clock.advance(0)
    await ask('POST /approve')
    await ask()
    expect(await reported()).toEqual([
      { ...where, route: 'POST /approve', requests: 2, gone: 1, undated: 1 },
      { ...where, route: '-', requests: 1, gone: 1, undated: 1 },
    ])
  })

  it('count a denied session as a right that is gone', async () => {
    const edge = await edges.live()
    const origin = originInWorld('sec-1', CONTROL_PARTITION, world.e, world.clock.nowMs())
    const denial = { scope: 'denial', denial: 'token', target: 'jti-1' } as const
    await world.publish(CONTROL_PARTITION, [{ ...origin, ...denial }])
    await world.clock.advance(0)
    await edge.decide({ token: world.token(), require, enforce })
    expect(await reported()).toMatchObject([{ requests: 1, gone: 1 }])
  })

  it('do not count as gone while a claim is unverified, or if a value was never there', async () => {
    const edge = await edges.live()
    const lacking = world.token({ claims: { groups: ['staff'] } })
    await edge.decide({ token: lacking, require, enforce })
    const token = world.token()
    await world.clock.advance(6_000)
    await edge.decide({ token, require, enforce })
    const none = { requests: 1, gone: 0, undated: 0 }
    expect(await reported()).toMatchObject([none, none])
  })

  it('are not counted on a route that enforces (control)', async () => {
    const edge = await edges.live()
    await edge.decide({ token: world.token(), require })
    expect(await reported()).toEqual([])
  })

  it('are those of as many routes as a report can carry', async () => {
    const edge = await edges.live()
    const token = world.token()
    for (let n = 0; n < OBSERVED_ROUTES_MAX + 1; n += 1)
      await edge.decide({ token, require, enforce, name: `GET /${n}` })
    await edge.decide({ token, require, enforce, name: `GET /${OBSERVED_ROUTES_MAX}` })
    const routes = await reported()
    expect(routes).toHaveLength(OBSERVED_ROUTES_MAX)
    expect(routes[0]).toMatchObject({ route: `GET /${OBSERVED_ROUTES_MAX}`, requests: 2 })
  })
})
