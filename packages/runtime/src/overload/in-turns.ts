import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '@freshet/protocol'

/** Requests that are taken up in one turn of the event loop. */
export const TAKEN_UP_MAX = 16

/** Takes a request up that waited so long for its turn. */
export type TakeUp = (request: IncomingMessage, answer: ServerResponse, waitedMs: number) => void

/**
 * Takes requests up a few in each turn of the event loop, in the order in which they came. Work under way
 * continues in between: if hundreds of requests come at once, an answer of the database would otherwise wait
 * for each of them, at every step.
 *
 * At most one request waits for each connection. Further requests on one connection are taken up at once, in
 * their order (RFC 9112 §9.3.2): Node stops reading from a client that does not read its answers.
 */
export function inTurns(takeUp: TakeUp, clock: Pick<Clock, 'monotonicMs'>): RequestListener {
  const waiting = new Map<Socket, () => void>()
  const take = (socket: Socket): void => {
    const start = waiting.get(socket)
    waiting.delete(socket)
    start?.()
  }
  const turn = (): void => {
    for (const socket of [...waiting.keys()].slice(0, TAKEN_UP_MAX)) take(socket)
    if (waiting.size > 0) setImmediate(turn)
  }
  return (request, answer) => {
    const { socket } = request
    const arrivedMs = clock.monotonicMs()
    const isBehindAnother = waiting.has(socket)
    take(socket)
    if (isBehindAnother) return takeUp(request, answer, 0)
    waiting.set(socket, () => takeUp(request, answer, clock.monotonicMs() - arrivedMs))
    if (waiting.size === 1) setImmediate(turn)
  }
}
