import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Edge } from '@freshet/edge'
import { partitionOf } from '@freshet/protocol'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { serveEvents } from './live/server-sent-events.ts'
import { serveSockets } from './live/websocket.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge
let server: Server
let sockets: WebSocketServer

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
  server = createServer((request, response) => void serveEvents(edge, request, response))
  sockets = new WebSocketServer({ server })
  serveSockets(edge, sockets)
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

interface OpenedSocket {
  readonly socket: WebSocket
  readonly welcomed: Promise<unknown>
  /** The code and the reason of its end. */
  readonly closed: Promise<string>
}

function openSocket(token: string): OpenedSocket {
  const socket = new WebSocket(`ws://${address()}`, { headers: bearer(token) })
  const welcomed = once(socket, 'message')
  welcomed.catch(() => undefined)
  const closed = once(socket, 'close').then(
    ([code, reason]: unknown[]) => `${String(code)} ${String(reason)}`,
  )
  return { socket, welcomed, closed }
}

interface OpenedStream {
  readonly status: number
  /** All of its events, when it has ended. */
  readonly events: Promise<string>
  readonly isOpen: () => boolean
}

async function openStream(token: string): Promise<OpenedStream> {
  const response = await fetch(`http://${address()}/`, { headers: bearer(token) })
  let isOpen = true
  const events = response.text().finally(() => (isOpen = false))
  events.catch(() => undefined)
  return { status: response.status, events, isOpen: () => isOpen }
}

async function takeGroupsOfAlice(): Promise<void> {
  await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
  await world.clock.advance(0)
  await world.clock.advance(100)
}

const bobsToken = (): string => world.token({ claims: { sub: 'bob' } })

describe('the connections of docs/frameworks.md', () => {
  it('end when their token goes stale, and those of other subjects stay', async () => {
    const [alice, bob] = [openSocket(world.token()), openSocket(bobsToken())]
    await Promise.all([alice.welcomed, bob.welcomed])
    const aliceStream = await openStream(world.token())
    const bobStream = await openStream(bobsToken())
    expect(edge.stats().sessions).toBe(4)
    await takeGroupsOfAlice()
    expect(await alice.closed).toBe('3000 token.stale')
    expect(await aliceStream.events).toBe('data: welcome\n\nevent: token.stale\ndata:\n\n')
    expect([bob.socket.readyState, bobStream.isOpen()]).toEqual([WebSocket.OPEN, true])
    expect(edge.stats().sessions).toBe(2)
  })

  it('end when their token is unverified', async () => {
    const { welcomed, closed } = openSocket(world.token())
    await welcomed
    const { events } = await openStream(world.token())
    await world.clock.advance(7_000)
    expect(await closed).toBe('3000 token.unverified')
    expect(await events).toContain('event: token.unverified')
    expect(edge.stats().sessions).toBe(0)
  })

  it('do not begin with a token that is stale already, or that is not valid', async () => {
    const stale = world.token()
    await takeGroupsOfAlice()
    expect(await openSocket(stale).closed).toBe('3000 token.stale')
    expect(await openSocket('x').closed).toBe('3000 token.invalid')
    expect((await openStream(stale)).status).toBe(401)
    expect((await openStream('x')).status).toBe(401)
    // Control: a fresh token begins one.
    expect((await openStream(bobsToken())).status).toBe(200)
    expect(edge.stats().sessions).toBe(1)
  })

  it('are no longer watched after the client has gone', async () => {
    const { socket, welcomed, closed } = openSocket(world.token())
    await welcomed
    expect(edge.stats().sessions).toBe(1)
    const [own] = [...sockets.clients]
    socket.close()
    await Promise.all([closed, own === undefined ? [] : once(own, 'close')])
    await expect.poll(() => edge.stats().sessions).toBe(0)
  })
})
