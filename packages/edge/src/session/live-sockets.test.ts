import { getEventListeners, once, setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FreshetError, partitionOf } from '@freshet/protocol'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Edge } from '../edge.ts'
import { bearerToken } from '../route/bearer-token.ts'
import type { SessionOptions } from './live-sessions.ts'

/** IANA's WebSocket close code for a client that is not, or no longer, authorized. */
const UNAUTHORIZED = 3_000

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge
let server: Server
let sockets: WebSocketServer
let options: SessionOptions

/** A signal for the request's session; it is over when the connection closes. */
async function signalFor({ headers, socket }: IncomingMessage): Promise<AbortSignal> {
  const closed = new AbortController()
  socket.once('close', () => closed.abort())
  const { claims } = await edge.verify(bearerToken(headers.authorization) ?? '')
  return edge.signal(claims, { ...options, until: closed.signal })
}

function codeOf({ reason }: AbortSignal): string {
  return reason instanceof FreshetError ? reason.code : ''
}

async function serveEvents(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const signal = await signalFor(request)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(': hello\n\n')
  signal.addEventListener('abort', () => response.end(`event: ${codeOf(signal)}\ndata:\n\n`))
}

async function serveSocket(socket: WebSocket, request: IncomingMessage): Promise<void> {
  const signal = await signalFor(request)
  signal.addEventListener('abort', () => socket.close(UNAUTHORIZED, codeOf(signal)))
  socket.send('hello')
}

beforeEach(async () => {
  options = {}
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
  server = createServer((request, response) => void serveEvents(request, response))
  sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => void serveSocket(socket, request))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  for (const client of sockets.clients) client.terminate()
  sockets.close()
  server.closeAllConnections()
  server.close()
  await edges.closeAll()
})

const address = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`
const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })

/** An open WebSocket, and how it closed, once it has. */
async function openSocket(
  token: string,
): Promise<{ readonly socket: WebSocket; readonly closed: Promise<string> }> {
  const socket = new WebSocket(`ws://${address()}`, { headers: bearer(token) })
  const closed = once(socket, 'close').then(
    ([code, reason]: unknown[]) => `${String(code)} ${String(reason)}`,
  )
  await once(socket, 'message')
  return { socket, closed }
}

/** An open stream of events, and all of it, once it ended. */
async function openStream(
  token: string,
): Promise<{ readonly text: Promise<string>; readonly isOpen: () => boolean }> {
  const response = await fetch(`http://${address()}/`, { headers: bearer(token) })
  let isOpen = true
  const text = response.text().finally(() => (isOpen = false))
  text.catch(() => undefined)
  return { text, isOpen: () => isOpen }
}

const bobsToken = (): string => world.token({ claims: { sub: 'bob' } })

describe('live connections', () => {
  it('end when their token goes stale, and those of other subjects stay', async () => {
    const alice = await openSocket(world.token())
    const aliceStream = await openStream(world.token())
    const bob = await openSocket(bobsToken())
    const bobStream = await openStream(bobsToken())
    expect(edge.stats().sessions).toBe(4)
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.clock.advance(0)
    await world.clock.advance(100)
    expect(await alice.closed).toBe('3000 token.stale')
    expect(await aliceStream.text).toContain('event: token.stale')
    expect(bob.socket.readyState).toBe(WebSocket.OPEN)
    expect(bobStream.isOpen()).toBe(true)
    expect(edge.stats().sessions).toBe(2)
    bob.socket.send('still here')
  })

  it('end when nobody can vouch for them any more: closed by default', async () => {
    const { closed } = await openSocket(world.token())
    const { text } = await openStream(world.token())
    await world.clock.advance(7_000)
    expect(await closed).toBe('3000 token.unverified')
    expect(await text).toContain('event: token.unverified')
    expect(edge.stats().sessions).toBe(0)
  })

  it('stay through silence under the policy keep, and end on what is then learnt', async () => {
    options = { whenUnverified: 'keep' }
    const { socket, closed } = await openSocket(world.token())
    const { text, isOpen } = await openStream(world.token())
    await world.clock.advance(7_000)
    expect(edge.stats().sessions).toBe(2)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    expect(isOpen()).toBe(true)
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.clock.advance(0)
    await world.clock.advance(100)
    expect(await closed).toBe('3000 token.stale')
    expect(await text).toContain('event: token.stale')
  })

  it('are no longer watched once the client has gone', async () => {
    const { socket, closed } = await openSocket(world.token())
    expect(edge.stats().sessions).toBe(1)
    const [own] = [...sockets.clients]
    socket.close()
    await Promise.all([closed, own === undefined ? [] : once(own, 'close')])
    await new Promise(setImmediate)
    expect(edge.stats().sessions).toBe(0)
  })
})

describe('10,000 sessions opened and ended', () => {
  const COUNT = 10_000

  it('by their own end keep nothing: no session, no listener, no signal', async () => {
    const { claims } = await edge.verify(world.token())
    const { groups, signals } = openAndEnd(edge, claims)
    expect(edge.stats().sessions).toBe(0)
    expect(groups.every((each) => getEventListeners(each, 'abort').length === 0)).toBe(true)
    await new Promise(setImmediate)
    collectGarbage()
    expect(signals.filter((each) => each.deref() !== undefined).length).toBeLessThan(10)
  })

  it('by a change leave no listener on a signal that they share', async () => {
    const { claims } = await edge.verify(world.token())
    const shutdown = new AbortController()
    setMaxListeners(0, shutdown.signal)
    for (let i = 0; i < COUNT; i++) edge.signal(claims, { until: shutdown.signal })
    expect(edge.stats().sessions).toBe(COUNT)
    expect(() => edge.signal(claims)).toThrow(/At most 10000 live sessions/)
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.clock.advance(0)
    await world.clock.advance(100)
    expect(edge.stats().sessions).toBe(0)
    expect(getEventListeners(shutdown.signal, 'abort')).toEqual([])
    shutdown.abort()
    edge.signal(claims, { until: shutdown.signal })
    expect(edge.stats().sessions).toBe(0)
  })

  function openAndEnd(
    on: Edge,
    claims: Parameters<Edge['signal']>[0],
  ): {
    readonly groups: readonly AbortSignal[]
    readonly signals: readonly WeakRef<AbortSignal>[]
  } {
    const signals: WeakRef<AbortSignal>[] = []
    const groups: AbortSignal[] = []
    for (let i = 0; i < COUNT; i++) {
      const over = new AbortController()
      signals.push(new WeakRef(on.signal(claims, { until: over.signal })))
      if (i % 1_000 === 0) groups.push(over.signal)
      over.abort()
    }
    return { groups, signals }
  }

  function collectGarbage(): void {
    setFlagsFromString('--expose-gc')
    ;(runInNewContext('gc') as () => void)()
  }
})
