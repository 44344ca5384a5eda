import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  edgesIn,
  edgeWorld,
  ManualClock,
  selfSigned,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { createAdaptorServer } from '@hono/node-server'
import * as client from 'dpop'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import { dpop } from './dpop.ts'
import { mtls } from './mtls.ts'

/** As clients know the service; in these tests they connect to its address. */
const PUBLIC = 'https://pay.example'
const REQUIRE = { require: { groups: ['payments-approvers'] } }

let world: EdgeWorld
let edges: EdgesIn
let server: Server

beforeEach(async () => {
  // The client reads the clock of the process.
  world = await edgeWorld(new ManualClock(Date.now() - 1_000))
  edges = edgesIn(world)
})

afterEach(async () => {
  server.close()
  server.closeAllConnections()
  await edges.closeAll()
})

const onExpress = (edge: Edge): Server => {
  const app = express()
  const inner = express.Router()
  inner.use(edge.express(REQUIRE), (_, response) => void response.end('reached'))
  app.use('/pay', inner)
  return createServer(app)
}
const onFastify = async (edge: Edge): Promise<Server> => {
  const app = fastify()
  app.all('/pay/approve', { onRequest: edge.fastify(REQUIRE) }, async () => 'reached')
  await app.ready()
  return app.server
}
const onHono = (edge: Edge): Server => {
  const app = new Hono()
  app.use('/pay/*', edge.hono(REQUIRE))
  app.all('/pay/approve', (c) => c.text('reached'))
  return createAdaptorServer({ fetch: app.fetch }) as Server
}
/** By the option of koa-jwt, which Koa calls with its context. */
const onKoa = (edge: Edge): Server => {
  const app = new Koa()
  app.use(async (context) => {
    const token = /^DPoP (.+)$/.exec(context.headers.authorization ?? '')?.[1]
    const [, payload = ''] = token?.split('.') ?? []
    const decoded: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}')
    const isRevoked = await edge.isRevoked(context, decoded, token)
    context.status = isRevoked ? 401 : 200
    context.body = isRevoked ? 'refused' : 'reached'
  })
  return createServer(app.callback())
}

async function listen(made: Server): Promise<string> {
  server = made.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each([
  ['Express, below a router', onExpress],
  ['Fastify', onFastify],
  ['Hono', onHono],
  ['a library hook, on Koa', onKoa],
])('an independent DPoP client (npm dpop) and a service on %s', (_, on) => {
  it('agree on one request for each proof, for its method and URL and for no other', async () => {
    const edge = await edges.live({ proof: dpop({ urls: [PUBLIC] }) })
    const at = await listen(await on(edge))
    const pair = await client.generateKeyPair('ES256', { extractable: false })
    const jkt = await client.calculateThumbprint(pair.publicKey)
    const token = world.token({ claims: { cnf: { jkt } } })
    const prove = (path: string, method: string): Promise<string> =>
      client.generateProof(pair, `${PUBLIC}${path}`, method, undefined, token)
    const ask = async (proof: string | undefined, scheme = 'DPoP'): Promise<number> => {
      const headers = { authorization: `${scheme} ${token}`, ...(proof && { dpop: proof }) }
      const init = { method: 'POST', headers }
      return (await fetch(`http://${at}/pay/approve?amount=5`, init)).status
    }
    const proof = await prove('/pay/approve', 'POST')
    expect(await ask(proof)).toBe(200)
    expect(await ask(proof), 'again').toBe(401)
    expect(await ask(undefined), 'without a proof').toBe(401)
    expect(await ask(await prove('/pay/approve', 'GET')), 'another method').toBe(401)
    expect(await ask(await prove('/pay/other', 'POST')), 'another path').toBe(401)
    expect(await ask(await prove('/pay/approve', 'POST'), 'Bearer'), 'as bearer token').toBe(401)
    expect(await ask(await prove('/pay/approve', 'POST'))).toBe(200)
  })
})

describe('a service that ends TLS itself', () => {
  const NOW_MS = Date.now()
  const hers = selfSigned('client', NOW_MS)
  const thiefs = selfSigned('thief', NOW_MS)

  it('accepts a bound token over a connection with the certificate of its client alone (RFC 8705 §3)', async () => {
    const edge = await edges.live({ proof: [mtls(), dpop({ urls: [PUBLIC] })] })
    const app = express()
    app.use(edge.express(REQUIRE), (_, response) => void response.end('reached'))
    const { key, cert } = selfSigned('service', NOW_MS)
    const tls = { key, cert, requestCert: true, rejectUnauthorized: false }
    const at = await listen(createTlsServer(tls, app))
    const cnf = { 'x5t#S256': hers.thumbprint }
    const authorization = `Bearer ${world.token({ claims: { cnf } })}`
    const ask = async (shown: object, headers: object = {}): Promise<readonly unknown[]> => {
      const options = { ...shown, headers: { authorization, ...headers } }
      const sent = request(`https://${at}/pay`, { ...options, rejectUnauthorized: false }).end()
      const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
      const body = await text(answer)
      return [
        answer.statusCode,
        body === 'reached' ? body : (JSON.parse(body) as { code?: string }).code,
      ]
    }
    expect(await ask(hers)).toEqual([200, 'reached'])
    expect(await ask(hers)).toEqual([200, 'reached'])
    expect(await ask(thiefs)).toEqual([401, 'token.unproven'])
    expect(await ask({})).toEqual([401, 'token.unproven'])
    const forged = {
      'x-forwarded-client-cert': `Hash=${Buffer.from(hers.thumbprint, 'base64url').toString('hex')}`,
      'client-cert': `:${hers.cert.replaceAll(/-----[A-Z ]+-----|\s/g, '')}:`,
    }
    expect(await ask(thiefs, forged), 'with headers of her own').toEqual([401, 'token.unproven'])
  })
})

describe('a service behind a proxy that sends x-forwarded-client-cert', () => {
  const hers = selfSigned('client', Date.now())
  const hash = `Hash=${Buffer.from(hers.thumbprint, 'base64url').toString('hex')}`
  /** Almost all that Node accepts of headers. */
  const FILLED = 13_000

  it('refuses a header of quotes that never end, and accepts the certificate', async () => {
    const header = 'x-forwarded-client-cert'
    const edge = await edges.live({ proof: mtls({ header, form: 'envoy', from: ['127.0.0.1'] }) })
    const at = await listen(onExpress(edge))
    const cnf = { 'x5t#S256': hers.thumbprint }
    const authorization = `Bearer ${world.token({ claims: { cnf } })}`
    const ask = async (value: string): Promise<number> =>
      (await fetch(`http://${at}/pay`, { headers: { authorization, [header]: value } })).status
    expect(await ask('\\"'.repeat(FILLED / 2))).toBe(401)
    expect(await ask(`${hash};Subject="${'\\"'.repeat(FILLED / 2)}`)).toBe(401)
    expect(await ask(`${hash};Subject="${'\\"'.repeat(FILLED / 2)}"`)).toBe(200)
  })
})
