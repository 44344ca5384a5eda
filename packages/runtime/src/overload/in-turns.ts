import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@freshet/protocol'

/** Requests that are taken up in one turn of the event loop. */
export const TAKEN_UP_MAX = 16
/** Further ones in the same turn whose connection was refused its last request. */
export const REFUSED_TAKEN_UP_MAX = 1

/** Takes a request up that waited so long for its turn. */
export type TakeUp = (request: IncomingMessage, answer: ServerResponse, waitedMs: number) => void

/**
 * Takes requests up a few in each turn of the event loop, in the order in which they came. Work under way
 * continues in between: if hundreds of requests come at once, an answer of the database would otherwise wait
 * for each of them, at every step.
 *
 * The requests of a connection in `refused` wait behind all others, so a client that is refused again and again
 * delays no client that is served.
 *
 * At most one request waits for each connection. Further requests on one connection are taken up at once, in
 * their order (RFC 9112 §9.3.2): Node stops reading from a client that does not read its answers.
 */
export function inTurns(
  takeUp: TakeUp,
  clock: Pick<Clock, 'monotonicMs'>,
  refused: Pick<WeakSet<Socket>, 'has'> = new WeakSet(),
): RequestListener {
  const usual: Waiting = new Map()
  const behind: Waiting = new Map()
  const turn = (): void => {
    for (const socket of [...usual.keys()].slice(0, TAKEN_UP_MAX)) take(usual, socket)
    for (const socket of [...behind.keys()].slice(0, REFUSED_TAKEN_UP_MAX)) take(behind, socket)
    if (usual.size + behind.size > 0) setImmediate(turn)
  }
  return (request, answer) => {
    const { socket } = request
    const arrivedMs = clock.monotonicMs()
    if (take(usual, socket) || take(behind, socket)) return takeUp(request, answer, 0)
    if (usual.size + behind.size === 0) setImmediate(turn)
    const waiting = refused.has(socket) ? behind : usual
    waiting.set(socket, () => takeUp(request, answer, clock.monotonicMs() - arrivedMs))
  }
}

type Waiting = Map<Socket, () => void>

/** Returns whether a request of the connection waited; it is taken up now. */
function take(waiting: Waiting, socket: Socket): boolean {
  const start = waiting.get(socket)
  waiting.delete(socket)
  start?.()
  return start !== undefined
}

/**
 * Lets one piece of long work of each owner begin in a turn of the event loop. Other requests continue between
 * two of them, so a heartbeat waits for one batch of a busy source in each of its steps, and not for all of them.
 * The owners are few: an owner is never forgotten.
 */
export class OwnerTurns {
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves when the owner has its next turn, in the order of the calls. */
  async take(owner: string): Promise<void> {
    const before = this.#last.get(owner) ?? Promise.resolve()
    const turn = before.then(() => nextTurn())
    this.#last.set(owner, turn)
    await turn
  }
}
