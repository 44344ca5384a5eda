import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Clock } from '@freshet/domain'
import { inTurns, type TakeUp } from './in-turns.ts'
import { sendReady, type ReadyAnswer } from './ready-answer.ts'

/**
 * Stands before one route and decides on its requests by their head, as soon as they are there:
 * before a body is read, a client is asked for its credentials or anything is thrown.
 */
export interface Door {
  readonly method: string
  readonly path: string
  /** Lets a request in, until it is answered; `undefined`: it is to be refused. */
  readonly enter: (request: IncomingMessage) => (() => void) | undefined
  /** The answer to one that waited so long until it is told. */
  readonly refuse: (waitedMs: number) => ReadyAnswer
}

/**
 * Requests of the door’s route that it lets in, and those of all other routes, are served; the rest
 * are refused, a few in each turn of the event loop, beside those that are served and not before
 * them: so a crowd that is refused holds nobody up.
 *
 * What has not come whole takes no place: else a few that send slowly would take all of them. Nor
 * does what waits behind another on its connection.
 */
export function behindDoor(
  door: Door,
  takeUp: TakeUp,
  clock: Pick<Clock, 'monotonicMs'>,
): RequestListener {
  const serve = inTurns(takeUp, clock)
  const refuse = inTurns((request, answer, waitedMs) => {
    sendReady(request, answer, door.refuse(waitedMs))
  }, clock)
  return (request, answer) => {
    if (!isOf(door, request)) return serve(request, answer)
    const arrivedMs = clock.monotonicMs()
    // By the next turn the parser has what came with the head.
    setImmediate(() => {
      const leave = door.enter(request)
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
function isOf({ method, path }: Door, request: IncomingMessage): boolean {
  if (request.method !== method || request.url?.startsWith(path) !== true) return false
  return request.url.length === path.length || request.url[path.length] === '?'
}
