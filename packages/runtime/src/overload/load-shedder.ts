import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '@freshet/protocol'
import { inTurns, type TakeUp } from './in-turns.ts'
import { sendReady, type ReadyAnswer } from '../http/ready-answer.ts'

/**
 * Stands before one route and decides on its requests by their head, as soon as they are there:
 * before a body is read, a client is asked for its credentials or anything is thrown.
 */
export interface RouteLimit {
  readonly method: string
  readonly path: string
  /** Lets a request in, until it is answered; `undefined`: it is to be refused. */
  readonly enter: (request: IncomingMessage) => (() => void) | undefined
  /** Returns the refusal of a request that waited for this time. */
  readonly refuse: (waitedMs: number) => ReadyAnswer
}

/**
 * Serves the admitted requests of the limited route, and those of all other routes. It refuses the rest, a
 * few in each turn of the event loop, beside the served ones and not before them: so a refused crowd delays
 * no other request.
 *
 * An incomplete request takes no place: otherwise a few slow senders would take all of them. A request that
 * waits behind another on its connection takes none, either.
 */
export function shedding(
  limit: RouteLimit,
  takeUp: TakeUp,
  clock: Pick<Clock, 'monotonicMs'>,
  refused?: Pick<WeakSet<Socket>, 'has'>,
): RequestListener {
  const serve = inTurns(takeUp, clock, refused)
  const refuse = inTurns((request, answer, waitedMs) => {
    sendReady(request, answer, limit.refuse(waitedMs))
  }, clock)
  return (request, answer) => {
    if (!isOf(limit, request)) return serve(request, answer)
    const arrivedMs = clock.monotonicMs()
    // By the next turn the parser has what came with the head.
    setImmediate(() => {
      const leave = limit.enter(request)
      if (leave === undefined) return refuse(request, answer)
      if (!mayHold(request, answer)) {
        leave()
        return serve(request, answer)
      }
      answer.once('close', leave)
      takeUp(request, answer, clock.monotonicMs() - arrivedMs)
    })
  }
}

/** Whole, next to be answered on its connection, and the connection is there: so it will be closed. */
function mayHold(request: IncomingMessage, { socket }: ServerResponse): boolean {
  return request.complete && socket !== null && !socket.destroyed
}

/** The server has refused every target that is not in its normal form: the text is the route. */
function isOf({ method, path }: RouteLimit, request: IncomingMessage): boolean {
  if (request.method !== method || request.url?.startsWith(path) !== true) return false
  return request.url.length === path.length || request.url[path.length] === '?'
}
