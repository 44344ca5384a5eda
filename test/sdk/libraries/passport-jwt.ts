import type { IncomingMessage } from 'node:http'
import type { Edge } from '@freshet/edge'

/** The second argument of `new Strategy({ …, passReqToCallback: true }, verified(edge))`. */
export const verified =
  (edge: Edge) =>
  async (
    request: IncomingMessage,
    payload: object,
    done: (error: unknown, user: object | false) => void,
  ): Promise<void> =>
    done(null, (await edge.trusted(request, payload)) && payload)
