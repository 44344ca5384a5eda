import { STATUS_CODES, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { FreshetError } from '@freshet/protocol'
import { RequestError } from '@hono/node-server'
import { problemOf } from '../errors/problem.ts'
import { problemAnswer, sendReady } from './ready-answer.ts'
import type { OnRefusal } from './refused-request.ts'

/** All headers of a request together; above it 413. */
export const HEADER_BYTES_MAX: number = 16 * 1_024
/** The head of a request must have arrived whole within this; after it 408. */
export const HEADERS_TIMEOUT_MS = 5_000
/** A request must have arrived whole within this; after it 408. */
export const HTTP_REQUEST_TIMEOUT_MS = 10_000
/** The request is refused before a route is known. */
export const NO_ROUTE = { route: '', method: '' } as const

/**
 * Answers 400 to a target that is not in its normal form, before a limit of a route or an application sees it.
 * All that judge a path then judge the same text.
 */
export function refuseOtherForms(
  listener: RequestListener,
  onRefusal?: OnRefusal,
): RequestListener {
  return (request, answer) => {
    if (isNormalTarget(request.url ?? '')) return listener(request, answer)
    const message =
      'The request target is not in its normal form (RFC 3986 §6.2.2). Send the path without dot segments, empty segments and needless escapes.'
    const error = new FreshetError('request.malformed', message)
    onRefusal?.({ ...NO_ROUTE, code: error.code, detail: message })
    sendReady(request, answer, problemAnswer(error))
  }
}

/** Answers a request that is HTTP, and whose target or `host` makes no URL. */
export function refuseUnreadable(error: unknown, onRefusal?: OnRefusal): Response {
  const cause = error instanceof RequestError ? error : undefined
  const problem = problemOf(
    cause ? new FreshetError('request.malformed', `${cause.message}.`, { cause }) : error,
  )
  onRefusal?.({ ...NO_ROUTE, ...problem })
  const headers = { 'content-type': 'application/problem+json' }
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** Answers on a connection what Node's parser refuses, which never reaches the application. */
export function refuseUnparsed(
  error: NodeJS.ErrnoException,
  socket: Socket,
  onRefusal?: OnRefusal,
): void {
  if (!socket.writable) return
  const problem = problemOf(refusalOf(error))
  onRefusal?.({ ...NO_ROUTE, ...problem })
  const reason = STATUS_CODES[problem.status] ?? ''
  const body = JSON.stringify(problem)
  const head = `content-type: application/problem+json\r\ncontent-length: ${body.length}`
  socket.end(`HTTP/1.1 ${problem.status} ${reason}\r\n${head}\r\nconnection: close\r\n\r\n${body}`)
}

function refusalOf({ code }: NodeJS.ErrnoException): FreshetError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new FreshetError('request.too-large', `Headers hold at most ${HEADER_BYTES_MAX} bytes.`)
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const message = `A head must have arrived within ${HEADERS_TIMEOUT_MS} ms, and a request within ${HTTP_REQUEST_TIMEOUT_MS} ms.`
    return new FreshetError('request.late', message)
  }
  return new FreshetError('request.malformed', 'This is not an HTTP request.')
}

/** Segments of RFC 3986 without `;`, which some servers read as the end of a name. None is `.` or `..`. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))(?:[\w.~!$&'()*+,=:@-]|%[0-9A-F]{2})+)*\/?$/
const QUERY = /^[!"$-~]*$/
const ESCAPE = /%(..)/g
/** Characters that RFC 3986 §2.3 calls unreserved, and controls. */
// oxlint-disable-next-line no-control-regex -- It refuses them.
const NEVER_ESCAPED = /[\w.~\u0000-\u001f\u007f-]/

/**
 * Reports whether a request target is written in the one form that every reader takes for the same
 * path (RFC 3986 §6.2.2). Such a target begins with `/`. Its path holds no empty segment, no dot
 * segment, no backslash, no `;`, and no raw character that needs an escape. Its escapes are in
 * capitals and UTF-8. None stands for a letter, a digit, `-`, `.`, `_`, `~` or a control character.
 *
 * No route of ours holds an escape. A normal target therefore names a route exactly where it is that
 * route's text, and a reader of the raw target agrees with a reader of the decoded path.
 */
export function isNormalTarget(target: string): boolean {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  if (path === '' || !PATH.test(path) || !areEscapesNormal(path)) return false
  return mark < 0 || QUERY.test(target.slice(mark))
}

function areEscapesNormal(path: string): boolean {
  if (!path.includes('%')) return true
  const octets = Array.from(path.matchAll(ESCAPE), ([, hex = '']) => Number.parseInt(hex, 16))
  return isUtf8(path) && !octets.some((octet) => NEVER_ESCAPED.test(String.fromCharCode(octet)))
}

/** Overlong forms of `.` and `/` are not UTF-8, and some servers decode them. */
function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
