import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  boundConnections,
  CONNECTIONS_BY_ADDRESS_MAX,
  CONNECTIONS_MAX,
  HEADLESS_BY_ADDRESS_MAX,
  HEADLESS_MAX,
} from './bound-connections.ts'

/** The part of a socket that is used. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress: string
  isOpen = true

  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }

  destroy(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.emit('close')
  }
}

let server: EventEmitter & { maxConnections?: number }
let refused: Map<string, number>

beforeEach(() => {
  server = new EventEmitter()
  refused = new Map()
  boundConnections(server as Server, (bound) => refused.set(bound, (refused.get(bound) ?? 0) + 1))
})

function connect(address: string): FakeSocket {
  const socket = new FakeSocket(address)
  server.emit('connection', socket)
  return socket
}
const connectMany = (address: string, count: number): readonly FakeSocket[] =>
  Array.from({ length: count }, () => connect(address))
const sendHead = (socket: FakeSocket): void => void server.emit('request', { socket })
const open = (sockets: readonly FakeSocket[]): number =>
  sockets.filter((each) => each.isOpen).length

describe('connections of one address', () => {
  it('that sent no whole head make room by their oldest, and those that did stay', () => {
    const kept = connectMany('192.0.2.1', 10)
    kept.forEach(sendHead)
    const attack = connectMany('192.0.2.1', HEADLESS_BY_ADDRESS_MAX + 1_000)
    expect(open(attack)).toBe(HEADLESS_BY_ADDRESS_MAX)
    expect(attack.at(-1)?.isOpen).toBe(true)
    expect(open(kept)).toBe(10)
    expect([...refused]).toEqual([['half-head', 1_000]])
  })

  it('are bounded below the bound of all, so that others get in', () => {
    const all = connectMany('192.0.2.1', CONNECTIONS_MAX)
    const taken = all.filter((socket) => socket.isOpen)
    expect(taken).toHaveLength(HEADLESS_BY_ADDRESS_MAX)
    const proxied: FakeSocket[] = []
    for (let n = 0; n < CONNECTIONS_MAX; n += 1) {
      const socket = connect('192.0.2.2')
      if (socket.isOpen) sendHead(socket)
      proxied.push(socket)
    }
    expect(open(proxied)).toBe(CONNECTIONS_BY_ADDRESS_MAX)
    expect(connect('192.0.2.3').isOpen).toBe(true)
    expect(server.maxConnections).toBe(CONNECTIONS_MAX)
    server.emit('drop')
    expect(Object.fromEntries(refused)).toMatchObject({
      address: CONNECTIONS_MAX - CONNECTIONS_BY_ADDRESS_MAX,
      all: 1,
    })
  })

  it('have their places again when they close', () => {
    const first = connectMany('192.0.2.1', CONNECTIONS_BY_ADDRESS_MAX + 5)
    first.forEach((socket) => socket.destroy())
    const again = connect('192.0.2.1')
    sendHead(again)
    expect(again.isOpen).toBe(true)
  })
})

describe('connections of many addresses', () => {
  it('that sent no whole head leave half of all places to those that did', () => {
    const attacks = Array.from({ length: 20 }, (_, n) =>
      connectMany(`192.0.2.${n}`, HEADLESS_BY_ADDRESS_MAX),
    )
    expect(open(attacks.flat())).toBe(HEADLESS_MAX)
    expect(connect('198.51.100.1').isOpen).toBe(true)
  })
})
