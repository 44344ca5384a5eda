import { partitionOf, type ClaimMap, type MappedClaim } from '@freshet/protocol'
import {
  ALICE,
  answeringValidator,
  EDGE_AUDIENCE,
  edgesIn,
  edgeWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import type { Validator } from './validator.ts'

let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(() => edges.closeAll())

const require = { groups: ['payments-approvers'] }
const FRESH = { kind: 'fresh' } as const

/** The world's map with other policies for some claims. */
function withClaims(claims: Readonly<Record<string, Partial<MappedClaim>>>): ClaimMap {
  const changed = Object.entries(claims).map(([name, more]) => {
    const before = world.map.claims.get(name) ?? world.map.claims.get('groups')
    if (before === undefined) throw new Error('the world has no groups')
    return [name, { ...before, ...more }] as const
  })
  return { ...world.map, version: 2, claims: new Map([...world.map.claims, ...changed]) }
}

async function liveWith(map: ClaimMap, validator?: Validator): Promise<Edge> {
  const edge = await edges.live(validator === undefined ? {} : { validator })
  await world.announce(map)
  await world.liveFor(1_000, { map })
  return edge
}

describe('a route', () => {
  it('challenges a request without a token, without an error code (RFC 6750)', async () => {
    const edge = await edges.live()
    for (const token of [undefined, ''])
      expect(await edge.decide({ token, require })).toMatchObject({
        decision: 'challenge',
        status: 401,
        code: 'token.missing',
        wwwAuthenticate: 'Bearer',
      })
  })

  it('challenges a token that is not acceptable, without a detail of it', async () => {
    const edge = await edges.live()
    expect(await edge.decide({ token: 'a.b.c', require })).toMatchObject({
      decision: 'challenge',
      status: 401,
      code: 'token.invalid',
      wwwAuthenticate:
        'Bearer error="invalid_token", error_description="The access token is not valid"',
    })
  })

  it('denies a stale token with 401, so that clients ask for a new one', async () => {
    const edge = await edges.live()
    const token = world.token()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
    await world.clock.advance(0)
    const decision = await edge.decide({ token, require })
    expect(decision).toMatchObject({ decision: 'deny', status: 401, code: 'token.stale' })
    expect(decision.wwwAuthenticate).toContain('error="invalid_token"')
    expect(decision.detail).not.toContain('hr-42')
    const stale = { kind: 'stale', reason: 'claim-changed', change: 'hr-42' }
    expect(decision.verdicts.get('groups')).toEqual(stale)
  })

  it('denies a fresh token that lacks a value with 403', async () => {
    const edge = await edges.live()
    const wanted = { groups: ['payments-approvers', 'auditors'] }
    expect(await edge.decide({ token: world.token(), require: wanted })).toMatchObject({
      decision: 'deny',
      status: 403,
      code: 'token.insufficient',
      wwwAuthenticate: 'Bearer error="insufficient_scope", scope="auditors"',
    })
  })

  it('denies with 503 a claim that no source confirms', async () => {
    const edge = await edges.live()
    const token = world.token()
    await world.clock.advance(6_000)
    expect(await edge.decide({ token, require })).toMatchObject({
      decision: 'deny',
      status: 503,
      code: 'token.unverified',
      viewAgeMs: 6_000,
    })
  })

  it('rule 24: judges every claim that it uses, present in the token or not', async () => {
    const edge = await edges.live()
    const token = world.token()
    const claims = new Map([['entitlements', { offset: 101n, values: null }]])
    const lost = { ...world.groupsLost(101n), scope: 'subject' as const, subject: ALICE, claims }
    await world.publish(partitionOf(ALICE), [lost])
    await world.clock.advance(0)
    expect(await edge.decide({ token, require: { entitlements: [] } })).toMatchObject({
      decision: 'deny',
      code: 'token.stale',
    })
    expect(await edge.decide({ token, require })).toMatchObject({ decision: 'allow' })
  })

  it('that requires a claim which the map does not know is unverified', async () => {
    const edge = await edges.live()
    const token = world.token({ claims: { unknown: ['a'] } })
    const decision = await edge.decide({ token, require: { unknown: ['a'] } })
    expect(decision).toMatchObject({ decision: 'deny', code: 'token.unverified' })
  })

  it('cannot require a descriptive claim: known at once, or when the map comes', async () => {
    const wrong = { require: { department: ['sales'] } }
    const early = await edges.start()
    early.express(wrong)
    const refused = early.ready().catch((error: unknown) => error)
    await world.begin()
    await world.liveFor(1_000)
    expect(await refused).toMatchObject({ code: 'config.invalid' })
    expect(() => early.express(wrong)).toThrow(/department/)
    await expect(early.decide({ token: world.token(), ...wrong })).rejects.toThrow(/department/)
  })
})

describe('a descriptive claim', () => {
  const token = () =>
    world.token({ claims: { groups: ['payments-approvers'], department: 'sales' } })
  const moved = { offset: 101n, values: null }
  const lost = (claim: string) => ({
    ...world.groupsLost(101n),
    scope: 'subject' as const,
    subject: ALICE,
    claims: new Map([[claim, moved]]),
  })

  it('is in the token, and a change of it denies nothing, even on a route that uses it', async () => {
    const edge = await edges.live()
    const jwt = token()
    await world.publish(partitionOf(ALICE), [lost('department')])
    await world.clock.advance(0)
    expect(await edge.decide({ token: jwt })).toMatchObject({ decision: 'allow', stripped: [] })
    const { verdict, claims } = await edge.verify(jwt, { uses: ['department'] })
    expect(verdict).toEqual(FRESH)
    expect(claims.payload).toMatchObject({ department: 'sales' })
  })

  it('control: the same change of an authoritative claim denies', async () => {
    const edge = await edges.live()
    const jwt = token()
    await world.publish(partitionOf(ALICE), [lost('groups')])
    await world.clock.advance(0)
    expect(await edge.decide({ token: jwt })).toMatchObject({
      decision: 'deny',
      code: 'token.stale',
    })
  })
})

describe('an unverified claim', () => {
  const silence = { through: { hr: 0 } }

  it('of the policy strip is left out, where no route requires it', async () => {
    const map = withClaims({ groups: { onUnverified: 'strip', source: 'iga' } })
    const edge = await liveWith(map)
    const token = world.token()
    const since = world.clock.nowMs()
    await world.liveFor(31_000, { map, through: { iga: since } })
    const decision = await edge.decide({ token })
    expect(decision).toMatchObject({ decision: 'allow', stripped: ['groups'] })
    expect(await edge.decide({ token, require })).toMatchObject({ decision: 'deny', status: 503 })
  })

  it.each(['restrict', 'odd'])(
    'rule 24: is never stripped when it is of polarity %s',
    async (polarity) => {
      const map = withClaims({ groups: { onUnverified: 'strip', source: 'iga', polarity } })
      const edge = await liveWith(map)
      const token = world.token()
      await world.liveFor(31_000, { map, through: { iga: world.clock.nowMs() } })
      expect(await edge.decide({ token })).toMatchObject({ decision: 'deny', status: 503 })
    },
  )

  it('of the policy validate is denied where there is no validator, naming the silent source', async () => {
    const map = withClaims({ groups: { onUnverified: 'validate' } })
    const edge = await liveWith(map)
    await world.liveFor(6_000, { map, ...silence })
    const decision = await edge.decide({ token: world.token(), require })
    expect(decision).toMatchObject({ decision: 'deny', status: 503 })
    expect(decision.verdicts.get('groups')).toMatchObject({ kind: 'unverified', source: 'hr' })
  })

  it('of the policy validate is judged by the authority, which learns the edge’s positions', async () => {
    const map = withClaims({ groups: { onUnverified: 'validate' } })
    const validator = answeringValidator(FRESH)
    const edge = await liveWith(map, validator)
    const token = world.token()
    expect(await edge.decide({ token, require })).toMatchObject({ decision: 'allow' })
    expect(validator.questions).toEqual([])
    await world.clock.advance(6_000)
    expect(await edge.decide({ token, require })).toMatchObject({ decision: 'allow' })
    const at = (partition: number): object => ({ partition, e: 1n, offset: 1_000n })
    const positions = [at(partitionOf(ALICE)), at(0)]
    const where = { subject: ALICE.sub, tenant: ALICE.tenant, audience: EDGE_AUDIENCE }
    expect(validator.questions).toEqual([{ token, ...where, claims: ['groups'], positions }])
  })
})
