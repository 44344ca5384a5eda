import { hrChange, edgesIn, edgeWorld } from '@freshet/testkit'
import { formatChangeEvent } from '@freshet/wire'
import { describe, expect, it } from 'vitest'
import { gatewayWorld } from '../gateway/gateway-world.ts'
import { attackedAuthority } from './services/attacked-authority.ts'
import { platformRequest } from '../requests/request.ts'

const AN_HOUR_MS = 3_600_000
/** More than the tolerance of 2 s, less than any lease. */
const A_STEP_MS = 3_000

describe('a clock stepped back lets nothing in', () => {
  it('at the gateway: an assertion that was used stays used', async () => {
    const world = await gatewayWorld()
    const { clock } = world
    const token = world.assertion('hr')
    expect((await world.post('hr', formatChangeEvent(hrChange(1n)), { token })).status).toBe(202)
    clock.jumpWall(-AN_HOUR_MS)
    const again = await world.post('hr', formatChangeEvent(hrChange(2n)), { token })
    expect(again).toMatchObject({ status: 401 })
  })

  it('at the gateway: a source whose clock is right gets an error, and is served again when ours is right', async () => {
    const world = await gatewayWorld()
    const { clock } = world
    const token = world.assertion('hr')
    clock.jumpWall(-AN_HOUR_MS)
    expect((await world.post('hr', formatChangeEvent(hrChange(1n)), { token })).status).toBe(401)
    clock.jumpWall(AN_HOUR_MS)
    expect((await world.post('hr', formatChangeEvent(hrChange(1n)))).status).toBe(202)
  })

  it('at the authority: a heartbeat for later than now is no lease, so nothing is minted', async () => {
    const { app, samples, clock } = await attackedAuthority()
    const exchange = samples.find(({ name }) => name === 'exchange')
    const ask = async () =>
      app.request(platformRequest((await exchange?.make()) as never) as Request)
    expect((await ask()).status).toBe(200)
    clock.jumpWall(-A_STEP_MS)
    const answer = await ask()
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'mint.unverified' })
  })

  it('at an edge: every claim is unverified until time has caught up', async () => {
    const world = await edgeWorld()
    const edges = edgesIn(world)
    const edge = await edges.live()
    const question = { token: world.token(), require: { groups: ['staff'] } }
    expect((await edge.decide(question)).decision).toBe('allow')
    world.clock.jumpWall(-A_STEP_MS)
    expect(await edge.decide(question)).toMatchObject({
      decision: 'deny',
      code: 'token.unverified',
    })
    await world.liveFor(2 * A_STEP_MS)
    expect((await edge.decide(question)).decision).toBe('allow')
    await edges.closeAll()
  })
})
