import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import { bearerToken } from './express.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge
let server: ReturnType<typeof createServer>
let url: string

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
  const app = express()
  app.use('/approve', edge.express({ require: { groups: ['payments-approvers'] } }))
  app.use('/open', edge.express())
  app.use((request, response) => {
    response.json({ decision: (request as { freshet?: { decision: string } }).freshet?.decision })
  })
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.close()
  server.closeAllConnections()
  await edges.closeAll()
})

const ask = (path: string, authorization?: string): Promise<Response> =>
  fetch(`${url}${path}`, authorization === undefined ? {} : { headers: { authorization } })

describe('the hook for Express', () => {
  it('lets a fresh token through and leaves the decision on the request', async () => {
    const response = await ask('/approve', `Bearer ${world.token()}`)
    expect(await response.json()).toEqual({ decision: 'allow' })
    expect((await ask('/open', `bearer ${world.token()}`)).status).toBe(200)
  })

  it.each([[undefined], ['Basic YTpi'], ['Bearer'], ['Bearer a b']])(
    'answers 401 with a plain challenge to %s',
    async (authorization) => {
      const response = await ask('/approve', authorization)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(await response.json()).toMatchObject({ status: 401, code: 'token.missing' })
    },
  )

  it('answers 403 to a token that lacks what the route requires', async () => {
    const response = await ask('/approve', `Bearer ${world.token({ claims: { groups: ['a'] } })}`)
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('insufficient_scope')
  })

  it('answers 503 with a time to come back where nobody can vouch', async () => {
    const token = world.token()
    await world.clock.advance(6_000)
    const response = await ask('/approve', `Bearer ${token}`)
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({ code: 'token.unverified' })
  })
})

describe('bearerToken', () => {
  it('reads the scheme without regard to case and nothing else', () => {
    expect(bearerToken('bEaReR abc')).toBe('abc')
    expect(bearerToken('Bearer abc def')).toBeUndefined()
    expect(bearerToken('DPoP abc')).toBeUndefined()
    expect(bearerToken(undefined)).toBeUndefined()
  })
})
