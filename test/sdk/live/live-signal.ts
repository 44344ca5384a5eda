import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { bearerToken, type Edge } from '@freshet/edge'

/** Returns a signal that aborts when the connection must end, at once if the edge refuses the token. */
export async function liveSignal(
  edge: Edge,
  request: IncomingMessage,
  connection: EventEmitter,
): Promise<AbortSignal> {
  const closed = new AbortController()
  connection.once('close', () => closed.abort())
  try {
    const { claims } = await edge.verify(bearerToken(request.headers.authorization) ?? '')
    return edge.signal(claims, { until: closed.signal })
  } catch (error) {
    return AbortSignal.abort(error)
  }
}
