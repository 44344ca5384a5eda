import { FreshetError } from '@freshet/protocol'
import type { Context } from 'hono'
import type { RequestEnv } from './request-env.ts'

/** The names and codes of errors by which Node and the HTTP server report that a body ended early. */
const CUT: ReadonlySet<unknown> = new Set([
  'AbortError',
  'ECONNRESET',
  'ERR_STREAM_PREMATURE_CLOSE',
])
const CUT_MESSAGE = 'Client connection prematurely closed.'

/**
 * Returns `request.malformed` in place of the error of reading a request that its client never sent whole, and every
 * other error as it is. The two together make it the client's act: the request is not whole, and the error is one
 * of reading.
 */
export function unlessHungUp(c: Context, error: unknown): unknown {
  const { incoming } = Object(c.env) as Partial<RequestEnv>
  if (incoming === undefined || incoming.complete || !incoming.destroyed) return error
  if (!isCut(error) && error !== incoming.errored) return error
  const message = 'The client closed the connection before its request was whole.'
  return new FreshetError('request.malformed', message, { cause: error })
}

function isCut(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof FreshetError) return false
  const { code } = error as NodeJS.ErrnoException
  return CUT.has(error.name) || CUT.has(code) || error.message === CUT_MESSAGE
}
