import { sendRaw } from '@freshet/testkit'
import type { Random } from '../../simulation/random.ts'
import { HANG_MS } from './try-mutations.ts'
import type { HostileAnswer, HostileRequest } from '../../requests/request.ts'

/** The form of a request on the connection: the regular one, or a trick. */
interface Trick {
  readonly name: string
  /** True if the server waits for more than is sent, so that the client must end the connection. */
  readonly isCutShort?: boolean
  readonly write: (request: HostileRequest, length: number) => string
}

/** The trick that makes two requests of one. */
export const TOO_SMALL = 'a length that is too small'
/** The only trick without an answer: a server of Node.js closes the connection. */
export const CONNECT = 'CONNECT'
const HOST = 'service.test'
const MANY = Array.from({ length: 2_500 }, (_, index) => `x-${index}: 1`).join('\r\n')

const plain: Trick = {
  name: 'as it must be',
  write: ({ method, path, headers }, length) =>
    head(`${method} ${path} HTTP/1.1`, [
      `host: ${HOST}`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
      `content-length: ${length}`,
      'connection: close',
    ]),
}

/** Writes this line before all others, or instead of the first. */
const withLine = (name: string, line: string): Trick => ({
  name,
  write: (request, length) => plain.write(request, length).replace('\r\n', `\r\n${line}\r\n`),
})
const withFirst = (name: string, first: (request: HostileRequest) => string): Trick => ({
  name,
  write: (request, length) => plain.write(request, length).replace(/^[^\r]*/, () => first(request)),
})

const tricks: readonly Trick[] = [
  plain,
  plain,
  plain,
  withLine('two lengths', 'content-length: 3'),
  withLine('length and chunks', 'transfer-encoding: chunked'),
  withLine('unknown coding', 'transfer-encoding: xchunked'),
  withLine('a second host', 'host: other.test'),
  withLine('a name with a blank', 'x y: 1'),
  withLine('a folded line', 'x: 1\r\n  2'),
  withLine('NUL in a value', 'x: a\u0000b'),
  withLine('many headers', MANY),
  withLine('an expectation', 'expect: 100-continue'),
  withLine('another expectation', 'expect: 200-ok'),
  withLine('an upgrade', 'upgrade: websocket\r\nconnection: upgrade'),
  withLine('an upgrade to HTTP/2', 'upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__'),
  withFirst('HTTP/1.0', ({ method, path }) => `${method} ${path} HTTP/1.0`),
  withFirst('HTTP/9.9', ({ method, path }) => `${method} ${path} HTTP/9.9`),
  withFirst('no version', ({ method, path }) => `${method} ${path}`),
  withFirst('a whole URL', ({ method, path }) => `${method} http://${HOST}${path} HTTP/1.1`),
  withFirst('another scheme', ({ method, path }) => `${method} file://${HOST}${path} HTTP/1.1`),
  withFirst('a target that is no path', ({ method }) => `${method} * HTTP/1.1`),
  withFirst('TRACE', ({ path }) => `TRACE ${path} HTTP/1.1`),
  withFirst(CONNECT, () => 'CONNECT service.test:443 HTTP/1.1'),
  withFirst(
    'a method in small letters',
    ({ method, path }) => `${method.toLowerCase()} ${path} HTTP/1.1`,
  ),
  { name: 'bare line feeds', write: (...given) => plain.write(...given).replaceAll('\r\n', '\n') },
  {
    name: TOO_SMALL,
    write: (request, length) => plain.write(request, length >> 1),
  },
  {
    name: 'a length that is too large',
    isCutShort: true,
    write: (request, length) => plain.write(request, length + 9),
  },
  { name: 'a negative length', write: (request) => plain.write(request, -1) },
]

/** A request as bytes, and the trick by which they were written. */
export interface Written {
  readonly trick: string
  readonly isCutShort: boolean
  readonly bytes: Uint8Array
}

/** Writes a request by one of the tricks. */
export function onTheWire(request: HostileRequest, random: Random, host = HOST): Written {
  return written(random.pick(tricks), request, host)
}

/** Writes a request without a trick. */
export function asItMustBe(request: HostileRequest, host = HOST): Written {
  return written(plain, request, host)
}

function written(
  { name, isCutShort = false, write }: Trick,
  request: HostileRequest,
  host: string,
): Written {
  const text = write(request, request.body.length).replaceAll(HOST, host)
  return {
    trick: name,
    isCutShort,
    bytes: Buffer.concat([Buffer.from(text, 'latin1'), request.body]),
  }
}

/**
 * Sends a request and returns its answer, `undefined` if the server closed the connection without one. Only a
 * request that is cut short ends the connection.
 */
export async function exchange(
  port: number,
  { bytes, isCutShort }: Pick<Written, 'bytes' | 'isCutShort'>,
  localAddress = '127.0.0.1',
): Promise<HostileAnswer | 'hangs' | undefined> {
  const how = { from: localAddress, endsFirst: isCutShort, withinMs: HANG_MS }
  try {
    return answerIn(await sendRaw(`http://127.0.0.1:${port}`, bytes, how))
  } catch (error) {
    if (Object(error).name === 'TimeoutError') return 'hangs'
    throw error
  }
}

function answerIn(received: string): HostileAnswer | undefined {
  const text = received.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, '')
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? []
  const at = text.indexOf('\r\n\r\n')
  const body = Buffer.from(text.slice(at + 4), 'latin1').toString('utf8')
  // Removes chunks: the judged JSON is on one line.
  return status === undefined ? undefined : { status: Number(status), body: unchunked(body) }
}

function unchunked(body: string): string {
  const [, inner] = /^[0-9a-f]+\r\n([^]*)\r\n0\r\n\r\n$/.exec(body) ?? []
  return inner ?? body
}

function head(first: string, lines: readonly string[]): string {
  return [first, ...lines, '', ''].join('\r\n')
}
