import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import type { Decision } from '../route/decision.ts'
import { frozen } from './frozen.ts'
import type { TokenClaims } from './token-claims.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
})

afterEach(() => edges.closeAll())

type Loose = Record<string, unknown> & {
  payload: { groups: string[]; freshet: { pv: number } }
  audiences: string[]
  token: { claims: Map<string, string[]>; parties: { label: { s: bigint } }[]; pv: number }
}

/** Changes that a careless or hostile handler makes to the claims that it receives. */
const changes: readonly (readonly [string, (claims: Loose) => void])[] = [
  ['an entry of the payload', ({ payload }) => void payload.groups.push('owners')],
  ['a claim of the payload', ({ payload }) => (payload.groups = ['owners'])],
  ['the label in the payload', ({ payload }) => (payload.freshet.pv = 9)],
  ['the judged claims', ({ token }) => void token.claims.set('groups', ['owners'])],
  ['the absence of claims', ({ token }) => token.claims.clear()],
  [
    'the judged claims by the method of every map',
    ({ token }) => void Map.prototype.set.call(token.claims, 'groups', ['owners']),
  ],
  [
    'the absence of claims by the method of every map',
    ({ token }) => void Map.prototype.delete.call(token.claims, 'groups'),
  ],
  [
    'the way in which claims are read',
    ({ token }) => void Object.assign(token.claims, { get: () => ['owners'] }),
  ],
  [
    'the way in which all claims are read',
    ({ token }) =>
      void Object.assign(Object.getPrototypeOf(token.claims) as object, { get: () => ['owners'] }),
  ],
  ['the values of a judged claim', ({ token }) => void token.claims.get('groups')?.push('owners')],
  ['the label', ({ token }) => ((token.parties[0] ?? { label: { s: 0n } }).label.s = 9n)],
  ['the policy version', ({ token }) => (token.pv = 9)],
  ['the audiences', ({ audiences }) => void audiences.push('ledger')],
  ['the expiry', (claims) => (claims['expiresAtMs'] = Number.MAX_SAFE_INTEGER)],
  ['the judged token', (claims) => (claims.token = { ...claims.token, pv: 9 })],
]

describe('claims that verify returned', () => {
  it.each(changes)('cannot be changed in %s', async (_, change) => {
    const jwt = world.token()
    const { claims } = await edge.verify(jwt)
    expect(() => change(claims as unknown as Loose)).toThrow(TypeError)
    const again = await edge.verify(jwt)
    expect(again.claims.token.claims.get('groups')).toEqual(['payments-approvers', 'staff'])
  })

  it('are no other object: neither a copy nor an heir of them is judged', async () => {
    const { claims } = await edge.verify(world.token())
    const heir = Object.create(claims) as TokenClaims
    const invalid = expect.objectContaining({ code: 'token.invalid' }) as unknown as Error
    expect(() => edge.judge({ ...claims })).toThrow(invalid)
    expect(() => edge.judge(heir)).toThrow(invalid)
  })

  it('come with verdicts that cannot be changed where the next caller gets the same object', async () => {
    const jwt = world.token()
    const first = await edge.verify(jwt)
    const verdicts = first.verdicts as Map<string, unknown>
    expect(() => verdicts.delete('groups')).toThrow(TypeError)
    expect(() => Map.prototype.delete.call(verdicts, 'groups')).toThrow(TypeError)
    expect(await edge.verify(jwt)).toBe(first)
  })
})

describe('frozen', () => {
  it('reads as the map that it was given, and a copy of it can be changed', () => {
    const values = [1]
    const view = frozen<ReadonlyMap<string, number[]>>(new Map([['a', values]]))
    expect([...view]).toEqual([['a', [1]]])
    expect([view.size, view.get('a'), view.has('b')]).toEqual([1, values, false])
    expect([[...view.keys()], [...view.values()], [...view.entries()]]).toEqual([
      ['a'],
      [[1]],
      [['a', [1]]],
    ])
    view.forEach((each, key, map) => expect([each, key, map]).toEqual([values, 'a', view]))
    expect(new Map(view).set('b', []).size).toBe(2)
    expect(() => values.push(2)).toThrow(TypeError)
    expect(frozen(view)).toBe(view)
    expect(frozen('text')).toBe('text')
    expect(frozen(null)).toBe(null)
  })
})

describe('an Express application whose handler adds a group to the claims', () => {
  let server: Server

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  async function serve(): Promise<(path: string, token: string) => Promise<Response>> {
    const app = express()
    app.use('/open', edge.express())
    app.use('/owners', edge.express({ require: { groups: ['owners'] } }))
    app.get('/open', (request, response) => {
      const { claims } = (request as { freshet?: Decision }).freshet ?? {}
      const groups = claims?.payload['groups'] as string[]
      groups.push('owners')
      response.json({})
    })
    app.get('/owners', (_, response) => void response.json({}))
    const failed: express.ErrorRequestHandler = (_error, _request, response, _next) =>
      void response.status(500).json({})
    app.use(failed)
    server = createServer(app)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return (path, token) =>
      fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  }

  it('gets an error, and its next request is refused as before', async () => {
    const ask = await serve()
    const token = world.token()
    expect((await ask('/owners', token)).status).toBe(403)
    expect((await ask('/open', token)).status).toBe(500)
    expect((await ask('/owners', token)).status).toBe(403)
  })
})
