import type { IncomingMessage, ServerResponse } from 'node:http'
import { BODY_BYTES_MAX } from './app.ts'
import { problemOf } from '../errors/problem.ts'

/** An answer that is ready as it is: `headers` are names and values in turn. */
export interface ReadyAnswer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
}

/** The problem+json answer to a request that no application sees. */
export function problemAnswer(error: unknown): ReadyAnswer {
  const problem = problemOf(error)
  const headers = ['content-type', 'application/problem+json', 'cache-control', 'no-store']
  return { status: problem.status, headers, body: JSON.stringify(problem) }
}

/** Sends an answer at once. The connection closes unless the rest of the request is known to be small. */
export function sendReady(
  request: IncomingMessage,
  answer: ServerResponse,
  { status, headers, body }: ReadyAnswer,
): void {
  const length = ['content-length', String(Buffer.byteLength(body))]
  const end = isRestSmall(request) ? [] : ['connection', 'close']
  answer.writeHead(status, [...headers, ...length, ...end])
  answer.end(body)
}

/** The rest of a body is read and dropped, so that the connection can carry another request. */
function isRestSmall({ complete, headers }: IncomingMessage): boolean {
  return complete || Number(headers['content-length']) <= BODY_BYTES_MAX
}
