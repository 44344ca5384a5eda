import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Edge } from '@freshet/edge'
import { partitionOf } from '@freshet/protocol'
import {
  ALICE,
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgesIn,
  edgeWorld,
  ManualClock,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import express from 'express'
import { fastify } from 'fastify'
import { createLocalJWKSet, exportJWK, jwtVerify } from 'jose'
import Koa from 'koa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as expressJwt from './libraries/express-jwt.ts'
import * as oauth2JwtBearer from './libraries/express-oauth2-jwt-bearer.ts'
import * as fastifyJwt from './libraries/fastify-jwt.ts'
import * as jose from './libraries/jose.ts'
import * as koaJwt from './libraries/koa-jwt.ts'
import * as passportJwt from './libraries/passport-jwt.ts'

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
  return keyOfTokens().key.export({ type: 'spki', format: 'pem' }).toString()
}

function keyOfTokens() {
  return world.keys.tokens[0] ?? expect.unreachable()
}

/** Returns the fault that the library found, whatever it would answer. */
const refused: express.ErrorRequestHandler = (
  error: { code?: string },
  _request,
  response,
  _next,
) => void response.status(401).json({ why: error.code })
const reached: express.RequestHandler = (_, response) => void response.json({ why: 'reached' })

const onExpressJwt = (): Server =>
  createServer(express().use(expressJwt.verified(edge, publicKey()), reached, refused))

const onKoaJwt = (): Server => {
  const app = new Koa()
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
  app.use(koaJwt.verified(edge, publicKey()))
  app.use((context) => {
    context.body = { why: 'reached' }
  })
  const handle = app.callback()
  return createServer((request, response) => void handle(request, response))
}

const onFastifyJwt = async (): Promise<Server> => {
  const app = fastify()
  await fastifyJwt.verified(app, edge, { public: publicKey() })
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
  const options = { issuer: EDGE_ISSUER, audience: EDGE_AUDIENCE, publicKey: publicKey() }
  return createServer(express().use(oauth2JwtBearer.verified(edge, options), reached, refused))
}

const onJose = async (): Promise<Server> => {
  const { key, kid } = keyOfTokens()
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(key)), kid }] })
  return createServer((request, response) => {
    const answer = (reason: string): unknown => response.end(JSON.stringify({ why: reason }))
    void jose.verified(edge, keys, request).then(
      () => answer('reached'),
      (error: Error) => answer(error.message),
    )
  })
}

/** Calls the callback of passport-jwt as that library does, with the claims that it has verified. */
const onPassportJwt = (): Server =>
  createServer(async (request, response) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
    const { payload } = await jwtVerify(token, keyOfTokens().key)
    await passportJwt.verified(edge)(request, payload, (error, user) =>
      response.end(JSON.stringify({ why: error ?? (user === payload ? 'reached' : user) })),
    )
  })

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
  ['isRevoked after jose', onJose, 'The token is stale or unverified.'],
  ['trusted in the callback of passport-jwt', onPassportJwt, false],
] as const)('the line of docs/token-libraries.md: %s', (_, make, untrusted) => {
  beforeEach(() => listen(make()))

  it('lets a fresh token through, and refuses it once it is stale', async () => {
    const token = world.token()
    expect(await why(token)).toBe('reached')
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.clock.advance(0)
    expect(await why(token)).toBe(untrusted)
  })

  it('refuses a claim that no source confirms', async () => {
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
