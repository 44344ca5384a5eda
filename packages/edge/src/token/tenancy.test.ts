import { ACME_IDP, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(() => edges.closeAll())

const require = { groups: ['payments-approvers'] }
const shared = new Set(['payments'])

/** The same group, from another tenant's source. */
function tokenOf(tenant: string, aud = 'payments'): string {
  const freshet = { e: '1', s: '100', c: '100', pv: 1, tenant, subiss: ACME_IDP }
  return world.token({ claims: { freshet, aud, groups: ['payments-approvers'] } })
}

describe('an edge that names its tenants', () => {
  it('refuses the token of another tenant that has the same group', async () => {
    const edge = await edges.live({ tenants: ['acme'] })
    expect(await edge.decide({ token: tokenOf('acme'), require })).toMatchObject({ status: 200 })
    const decision = await edge.decide({ token: tokenOf('globex'), require })
    expect(decision).toMatchObject({ decision: 'challenge', status: 401, code: 'token.invalid' })
    expect(decision.detail).toContain('a tenant that this edge serves')
    const token = tokenOf('globex')
    await expect(edge.verify(token)).rejects.toMatchObject({ code: 'token.invalid' })
    await expect(edge.verify(token)).rejects.toMatchObject({ code: 'token.invalid' })
  })

  it('accepts those that it names, in spite of the claim map', async () => {
    world.map = { ...world.map, shared }
    const edge = await edges.live({ tenants: ['acme', 'globex'] })
    const tenants = ['acme', 'globex']
    for (const tenant of tenants) expect(await edge.verify(tokenOf(tenant))).toBeDefined()
  })

  it('accepts all by *', async () => {
    world.map = { ...world.map, shared }
    const edge = await edges.live({ tenants: '*' })
    for (const tenant of ['acme', 'globex'])
      expect(await edge.verify(tokenOf(tenant))).toBeDefined()
  })

  it('answers probes at their own audience', async () => {
    const edge = await edges.live({ tenants: ['acme'] })
    const probe = tokenOf('freshet-probe', 'freshet-probe')
    expect(await edge.verify(probe, { audience: 'freshet-probe' })).toBeDefined()
    const token = tokenOf('freshet-probe')
    expect(await edge.decide({ token })).toMatchObject({ code: 'token.invalid' })
  })

  it.each([[[]], [['']]])('cannot name none: %j', async (tenants) => {
    await expect(edges.start({ tenants })).rejects.toMatchObject({ code: 'config.invalid' })
  })
})

describe('an edge that names no tenant', () => {
  it('accepts the tokens of its audience where one tenant has them', async () => {
    const edge = await edges.live()
    expect(await edge.decide({ token: tokenOf('acme'), require })).toMatchObject({ status: 200 })
  })

  it('is not ready where several tenants have them', async () => {
    world.map = { ...world.map, shared }
    const early = await edges.start()
    const refused = early.ready().catch((error: unknown) => error)
    await world.begin()
    await world.liveFor(1_000)
    expect(await refused).toMatchObject({ code: 'tenants.unnamed' })
  })

  it('accepts no token from the moment that another tenant gets its audience', async () => {
    const edge = await edges.live()
    const token = tokenOf('acme')
    expect(await edge.decide({ token, require })).toMatchObject({ status: 200 })
    world.map = { ...world.map, version: world.map.version + 1, shared }
    await world.announce(world.map)
    await world.liveFor(1_000)
    const decision = await edge.decide({ token, require })
    expect(decision).toMatchObject({ decision: 'deny', status: 503, code: 'tenants.unnamed' })
    expect(JSON.parse(edge.refusal(decision).body)).toMatchObject({ code: 'tenants.unnamed' })
  })
})
