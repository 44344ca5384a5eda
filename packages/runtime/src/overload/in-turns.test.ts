import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { inTurns, REFUSED_TAKEN_UP_MAX, TAKEN_UP_MAX } from './in-turns.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function arrivals(count: number) {
  return Array.from({ length: count }, () => {
    const request = new IncomingMessage(new Socket())
    return { request, answer: new ServerResponse(request) }
  })
}

describe('requests that come at once', () => {
  it('are taken up a few in each turn of the event loop, the first first', async () => {
    const taken: IncomingMessage[] = []
    const listener = inTurns((request) => taken.push(request), { monotonicMs: () => 0 })
    const all = arrivals(2 * TAKEN_UP_MAX + 1)
    for (const { request, answer } of all) listener(request, answer)
    expect(taken).toHaveLength(0)
    for (const expected of [TAKEN_UP_MAX, 2 * TAKEN_UP_MAX, all.length]) {
      await nextTurn()
      expect(taken).toHaveLength(expected)
    }
    expect(taken).toEqual(all.map(({ request }) => request))
  })

  it('do not end when more come while they wait', async () => {
    let taken = 0
    const listener = inTurns(() => (taken += 1), { monotonicMs: () => 0 })
    for (const { request, answer } of arrivals(TAKEN_UP_MAX)) listener(request, answer)
    await nextTurn()
    for (const { request, answer } of arrivals(1)) listener(request, answer)
    await nextTurn()
    expect(taken).toBe(TAKEN_UP_MAX + 1)
  })

  it('are taken up behind those of others where their connection was refused before', async () => {
    const taken: IncomingMessage[] = []
    const [refused, served] = [arrivals(2 * REFUSED_TAKEN_UP_MAX), arrivals(1)]
    const sockets = new WeakSet(refused.map(({ request }) => request.socket))
    const listener = inTurns((request) => taken.push(request), { monotonicMs: () => 0 }, sockets)
    for (const { request, answer } of [...refused, ...served]) listener(request, answer)
    await nextTurn()
    const requestsOf = (all: typeof refused) => all.map(({ request }) => request)
    const first = [...served, ...refused.slice(0, REFUSED_TAKEN_UP_MAX)]
    expect(taken).toEqual(requestsOf(first))
    await nextTurn()
    expect(taken).toEqual(requestsOf([...served, ...refused]))
  })

  it('are taken up in their order at once where one connection has sent another before', async () => {
    const taken: IncomingMessage[] = []
    const listener = inTurns((request) => taken.push(request), { monotonicMs: () => 0 })
    const socket = new Socket()
    const piped = [1, 2, 3].map(() => new IncomingMessage(socket))
    for (const request of piped) listener(request, new ServerResponse(request))
    expect(taken).toEqual(piped.slice(0, 2))
    await nextTurn()
    expect(taken).toEqual(piped)
  })

  it('have the time that each waited', async () => {
    let nowMs = 5
    const waited: number[] = []
    const listener = inTurns((_, __, ms) => waited.push(ms), { monotonicMs: () => nowMs })
    const [one] = arrivals(1)
    if (one) listener(one.request, one.answer)
    nowMs = 12
    await nextTurn()
    expect(waited).toEqual([7])
  })
})
