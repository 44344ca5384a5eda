import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { partitionOf, type ClaimMap, type Revocation } from '@freshet/protocol'
import { generateKey, importSigningKey, type NamedJwk, type SigningKey } from '@freshet/wire'
import {
  ALICE,
  answeringValidator,
  edgesIn,
  edgeWorld,
  foreignIssuer,
  originInWorld,
  signToken,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'

const HERS = partitionOf(ALICE)
const require = { groups: ['payments-approvers'] }
const ignores = ['holds']
const STALE = { decision: 'deny', status: 401, code: 'token.stale' }

let world: EdgeWorld
let edges: EdgesIn
/** It was minted while alice had no hold, so it does not carry the claim. */
let token: string

beforeEach(async () => {
  world = await edgeWorld()
  world.map = restricting(world.map, ['payments'])
  edges = edgesIn(world)
  token = world.token()
})

afterEach(() => edges.closeAll())

/** The map with a restricting claim, which tokens for these audiences carry. A map of an older build names none. */
function restricting(map: ClaimMap, audiences?: readonly string[], source = 'iga'): ClaimMap {
  const groups = map.claims.get('groups')
  if (groups === undefined) throw new Error('the world has no groups')
  const { restrictions: _, ...older } = map
  const holds = { ...groups, source, polarity: 'restrict' }
  const bound = audiences && new Map(audiences.map((each) => [each, ['holds']]))
  return {
    ...older,
    claims: new Map([...map.claims, ['holds', holds]]),
    ...(bound && { restrictions: bound }),
  }
}

/** The source puts alice on hold. */
async function hold(): Promise<void> {
  const origin = originInWorld('iga-7', HERS, world.e, world.clock.nowMs())
  const claims = new Map([['holds', { offset: 101n, values: null }]])
  const put: Revocation = { ...origin, scope: 'subject', subject: ALICE, claims }
  await world.publish(HERS, [put])
  await world.clock.advance(0)
}

describe('a restriction that the source adds after the mint', () => {
  it('refuses a route that requires other claims, or none', async () => {
    const edge = await edges.live()
    expect(await edge.decide({ token, require })).toMatchObject({ decision: 'allow' })
    await hold()
    expect(await edge.decide({ token, require })).toMatchObject(STALE)
    expect(await edge.decide({ token, require: {} })).toMatchObject(STALE)
    expect(await edge.decide({ token })).toMatchObject(STALE)
    expect(await edge.decide({ token, require: { holds: [] } })).toMatchObject(STALE)
  })

  it('is judged by verify and judge, whatever they name', async () => {
    const edge = await edges.live()
    const { claims, verdicts } = await edge.verify(token, { uses: ['groups'] })
    expect([...verdicts.keys()]).toEqual(['groups', 'holds'])
    for (const uses of [undefined, [], ['groups']])
      expect(edge.judge(claims, uses)).toEqual({ kind: 'fresh' })
    await hold()
    const stale = { kind: 'stale', reason: 'claim-changed', change: 'iga-7' }
    for (const uses of [undefined, [], ['groups']]) {
      expect(edge.judge(claims, uses)).toEqual(stale)
      const named = uses === undefined ? {} : { uses }
      expect((await edge.verify(token, named)).verdict).toEqual(stale)
    }
  })

  it('ends a live session that does not use it', async () => {
    const edge = await edges.live()
    const { claims } = await edge.verify(token)
    const signal = edge.signal(claims, { uses: ['groups'] })
    const ignoring = edge.signal(claims, { uses: ['groups'], ignores })
    await hold()
    await world.clock.advance(1_000)
    expect(signal.reason).toMatchObject({ code: 'token.stale' })
    expect(ignoring.aborted).toBe(false)
  })

  it('control: it binds nothing where the route ignores it, and a token that was minted after it is fresh', async () => {
    const edge = await edges.live()
    await hold()
    const { claims } = await edge.verify(token)
    expect(await edge.decide({ token, require, ignores })).toMatchObject({ decision: 'allow' })
    expect(await edge.decide({ token, ignores })).toMatchObject({ decision: 'allow' })
    expect(edge.judge(claims, ['groups'], ignores)).toEqual({ kind: 'fresh' })
    expect((await edge.verify(token, { uses: ['groups'], ignores })).verdict.kind).toBe('fresh')
    const label = { e: 1n, s: 102n, c: 100n }
    const after = world.token({ label, claims: { holds: ['payments'] } })
    expect(await edge.decide({ token: after, require })).toMatchObject({ decision: 'allow' })
  })

  it('control: it binds no token for an audience that does not carry it', async () => {
    world.map = restricting(world.map, ['ledger'])
    const edge = await edges.live()
    await hold()
    expect(await edge.decide({ token, require })).toMatchObject({ decision: 'allow' })
  })

  it('binds every token by the map of an older build, which does not list restrictions by audience', async () => {
    world.map = restricting(world.map)
    const edge = await edges.live()
    expect(await edge.decide({ token, require })).toMatchObject({ decision: 'allow' })
    await hold()
    expect(await edge.decide({ token, require })).toMatchObject(STALE)
  })

  it('counts from the moment on when another map lists it', async () => {
    world.map = restricting(world.map, [])
    const edge = await edges.live()
    await hold()
    const uses = ['groups']
    expect((await edge.verify(token, { uses })).verdict.kind).toBe('fresh')
    world.map = { ...restricting(world.map, ['payments']), version: 2 }
    await world.announce(world.map)
    await world.liveFor(1_000)
    expect((await edge.verify(token, { uses })).verdict.kind).toBe('stale')
  })

  it('refuses a request of a high-risk route before the authority is asked', async () => {
    const validator = answeringValidator({ kind: 'fresh' })
    const edge = await edges.live({ validator })
    const question = { token, require, risk: 'high' } as const
    expect(await edge.decide(question)).toMatchObject({ decision: 'allow', validated: true })
    expect(validator.questions.at(-1)).toMatchObject({ claims: ['groups', 'holds'] })
    await edge.decide({ ...question, ignores })
    expect(validator.questions.at(-1)).toMatchObject({ claims: ['groups'], ignores })
    await hold()
    expect(await edge.decide(question)).toMatchObject(STALE)
    expect(validator.questions).toHaveLength(2)
  })
})

describe('a restriction whose source is silent', () => {
  it('leaves every request unverified, because the addition is unknown', async () => {
    world.map = restricting(world.map, ['payments'], 'crm')
    const edge = await edges.live()
    const refused = await edge.decide({ token, require })
    expect(refused).toMatchObject({ decision: 'deny', status: 503, code: 'token.unverified' })
    expect(refused.verdicts.get('holds')).toMatchObject({ kind: 'unverified', source: 'crm' })
    // Control: the source of the required claim sends heartbeats.
    expect(await edge.decide({ token, require, ignores })).toMatchObject({ decision: 'allow' })
  })
})

describe('a claim that a route ignores', () => {
  it('restricts: one that grants is refused, and an unknown one changes nothing', async () => {
    const edge = await edges.live()
    expect(() => edge.express({ ignores: ['groups'] })).toThrow(/does not restrict/)
    await expect(edge.decide({ token, ignores: ['groups'] })).rejects.toMatchObject({
      code: 'config.invalid',
    })
    await hold()
    expect(await edge.decide({ token, require, ignores: ['hold'] })).toMatchObject(STALE)
  })

  it('is judged all the same where the route requires it', async () => {
    const edge = await edges.live()
    await hold()
    expect(await edge.decide({ token, require: { holds: [] }, ignores })).toMatchObject(STALE)
  })
})

describe('a token of another issuer', () => {
  let sts: { readonly signing: SigningKey; readonly publicJwk: NamedJwk }

  async function liveWithIssuer(): Promise<Edge> {
    const { privateJwk, publicJwk } = await generateKey('ES256', 'sts-1')
    sts = { signing: importSigningKey(privateJwk), publicJwk }
    const { name: _name, keys: _keys, issuances: _issuances, ...terms } = foreignIssuer()
    const issuers = new Map([[terms.issuer, { ...terms, keys: [publicJwk] }]])
    world.map = { ...world.map, issuers }
    world.foreignSinceMs = world.clock.nowMs() - 3_600_000
    return edges.live()
  }

  function foreign(): string {
    const iat = Math.floor(world.clock.nowMs() / 1_000)
    const claims = { iss: foreignIssuer().issuer, sub: ALICE.sub, aud: 'payments', jti: 'f1' }
    return signToken(
      { typ: 'JWT', alg: 'ES256', kid: 'sts-1' },
      { ...claims, iat, exp: iat + 300, roles: ['payments-approvers'], azp: 'partner' },
      sts.signing,
    )
  }

  it('is unverified where its audience has a restriction: it does not show if its holder is restricted', async () => {
    const edge = await liveWithIssuer()
    const refused = await edge.decide({ token: foreign(), require })
    expect(refused).toMatchObject({ decision: 'deny', code: 'token.unverified' })
    expect(refused.verdicts.get('holds')).toMatchObject({ reason: 'omitted-unverified' })
  })

  it('control: it is allowed where the route ignores the restriction', async () => {
    const edge = await liveWithIssuer()
    expect(await edge.decide({ token: foreign(), require, ignores })).toMatchObject({
      decision: 'allow',
    })
  })
})

describe('a service over a socket', () => {
  let server: Server
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('refuses the token at every route but the one that ignores the restriction', async () => {
    const edge = await edges.live()
    const app = express()
    app.use('/approve', edge.express({ require }))
    app.use('/read', edge.express())
    app.use('/ignored', edge.express({ require, ignores }))
    app.use((_request, response) => void response.json({}))
    server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const ask = async (path: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status
    }
    const all = async (): Promise<readonly number[]> =>
      Promise.all([ask('/approve'), ask('/read'), ask('/ignored')])
    expect(await all()).toEqual([200, 200, 200])
    await hold()
    expect(await all()).toEqual([401, 401, 200])
  })
})
