import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastifyJwt from '@fastify/jwt'
import { partitionOf } from '@freshet/protocol'
import {
  ALICE,
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgesIn,
  edgeWorld,
  ManualClock,
} from '@freshet/testkit'
import type { EdgesIn, EdgeWorld } from '@freshet/testkit'
import express from 'express'
import { expressjwt } from 'express-jwt'
import { auth } from 'express-oauth2-jwt-bearer'
import { fastify } from 'fastify'
import Koa from 'koa'
import koaJwt from 'koa-jwt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../../edge.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge
let server: Server

beforeEach(async () => {
  // These libraries read the clock of the process, so the world's stands near it.
  world = await edgeWorld(new ManualClock(Date.now() - 10_000))
  edges = edgesIn(world)
  edge = await edges.live()
})

afterEach(async () => {
  server.close()
  server.closeAllConnections()
  await edges.closeAll()
})

/** The public key of the world's tokens, as these libraries take it. */
function publicKey(): string {
  const [key] = world.keys.tokens
  if (key === undefined) throw new Error('the world has no token key')
  return key.key.export({ type: 'spki', format: 'pem' }).toString()
}

/** Returns the fault that the library found, whatever it would answer. */
const refused: express.ErrorRequestHandler = (
  error: { code?: string },
  _request,
  response,
  _next,
) => void response.status(401).json({ why: error.code })
const reached: express.RequestHandler = (_, response) => void response.json({ why: 'reached' })

const onExpressJwt = (): Server => {
  const app = express()
  const secret = publicKey()
  app.use(
    expressjwt({
      secret,
      algorithms: ['ES256'],
      isRevoked: edge.isRevoked,
    }),
    reached,
    refused,
  )
  return createServer(app)
}

const onKoaJwt = (): Server => {
  const app = new Koa()
  const secret = publicKey()
  app.silent = true
  app.use(async (context, next) => {
    try {
      await next()
    } catch (error) {
      const { originalError } = error as { originalError?: Error }
      context.status = 401
      context.body = { why: originalError?.message }
    }
  })
  app.use(koaJwt({ secret, algorithms: ['ES256'], debug: true, isRevoked: edge.isRevoked }))
  app.use((context) => {
    context.body = { why: 'reached' }
  })
  const handle = app.callback()
  return createServer((request, response) => void handle(request, response))
}

const onFastifyJwt = async (): Promise<Server> => {
  const app = fastify()
  const secret = { private: '', public: publicKey() }
  const verify = { algorithms: ['ES256' as const] }
  await app.register(fastifyJwt, { secret, verify, trusted: edge.trusted })
  app.setErrorHandler((error, _, reply) =>
    reply.code(401).send({ why: (error as { code?: string }).code }),
  )
  app.get('/', async (request) => {
    await request.jwtVerify()
    return { why: 'reached' }
  })
  await app.ready()
  return app.server
}

const onOauth2JwtBearer = (): Server => {
  const app = express()
  const options = { issuer: EDGE_ISSUER, audience: EDGE_AUDIENCE, tokenSigningAlg: 'ES256' }
  app.use(
    auth({ ...options, publicKey: publicKey(), validators: edge.validators() }),
    reached,
    refused,
  )
  return createServer(app)
}

async function listen(made: Server | Promise<Server>): Promise<void> {
  server = await made
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

async function why(token: string): Promise<unknown> {
  const { port } = server.address() as AddressInfo
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers })
  return ((await response.json()) as { why: unknown }).why
}

describe.each([
  ['isRevoked of express-jwt', onExpressJwt, 'revoked_token'],
  ['isRevoked of koa-jwt', onKoaJwt, 'Token revoked'],
  ['trusted of @fastify/jwt', onFastifyJwt, 'FST_JWT_AUTHORIZATION_TOKEN_UNTRUSTED'],
  ['validators of express-oauth2-jwt-bearer', onOauth2JwtBearer, 'invalid_token'],
] as const)('the option %s', (_, make, untrusted) => {
  beforeEach(() => listen(make()))

  it('lets a fresh token through, and refuses it once it is stale', async () => {
    const token = world.token()
    expect(await why(token)).toBe('reached')
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.clock.advance(0)
    expect(await why(token)).toBe(untrusted)
  })

  it('refuses what nobody can vouch for', async () => {
    const token = world.token()
    await world.clock.advance(6_000)
    expect(await why(token)).toBe(untrusted)
  })

  it('refuses what the edge would not take though the library does: a token without a label', async () => {
    const token = world.token({ claims: { freshet: undefined } })
    expect(await why(token)).toBe(untrusted)
  })

  it('refuses a header member that is not accepted, though the library accepts it', async () => {
    expect(await why(world.token({ header: { future: 'x' } }))).toBe(untrusted)
    // Control: the same token with an accepted member.
    expect(await why(world.token({ header: { x5t: 'x' } }))).toBe('reached')
  })
})

describe('isRevoked and trusted', () => {
  it('refuse where the library verified another token than that of the header', async () => {
    await listen(onExpressJwt())
    const { claims } = await edge.verify(world.token())
    const header = world.token()
    const request = { headers: { authorization: `Bearer ${header}` } }
    const own = (await edge.verify(header)).claims
    expect(await edge.isRevoked(request, { payload: own.payload })).toBe(false)
    expect(await edge.isRevoked(request, { payload: claims.payload })).toBe(true)
    expect(await edge.trusted(request, own.payload)).toBe(true)
    expect(await edge.trusted(request, claims.payload)).toBe(false)
    expect(await edge.isRevoked({ headers: {} }, { payload: own.payload })).toBe(true)
    expect(await edge.isRevoked(request, undefined)).toBe(true)
  })
})
