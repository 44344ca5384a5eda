import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'

/** A server closes a request that is late after 10 s, and looks for such requests each second. */
const ANSWER_WITHIN_MS = 30_000

/** The connection that a raw request is sent on. */
export interface RawConnection {
  /** The address of the client on loopback, where its budget is its own. Default `127.0.0.1`. */
  readonly from?: string
  /** The certificates of the client, and those that it trusts. They count where the URL is `https`. */
  readonly tls?: ConnectionOptions
  /** Ends the connection behind the text, as a client that will send no more. Default false. */
  readonly endsFirst?: boolean
  /** The longest wait. Default 30 s. */
  readonly withinMs?: number
}

/** Returns whether everything that a client waits for has arrived. */
type IsWhole = (received: string) => boolean

/** A request as it is written on the wire: nothing is normalised, escaped or joined. */
export interface RawRequest extends RawConnection {
  readonly method: string
  readonly target: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Default empty. */
  readonly body?: string
  /** Sends the body in chunks, without its length. Default false. */
  readonly chunked?: boolean
  /** The value of `Host`. Default: the address of the URL. */
  readonly host?: string
}

/** The answer to a raw request. */
export interface RawAnswer {
  /** 0 where the server closed the connection without an answer. */
  readonly status: number
  readonly body: string
}

/**
 * Sends text on a new connection as it is written, which no HTTP client does. Resolves with all that the
 * server sent until it closed. The client does not end the connection first, unless `endsFirst` is true: a
 * server of Node.js drops the answer to a client that did.
 *
 * @throws the error of a connection that was never made, and `TimeoutError`
 */
export function sendRaw(
  url: string,
  text: string | Uint8Array,
  how: RawConnection = {},
): Promise<string> {
  return exchange(url, { text, isWhole: () => false }, how)
}

async function exchange(
  url: string,
  { text, isWhole }: { readonly text: string | Uint8Array; readonly isWhole: IsWhole },
  { from, tls, endsFirst = false, withinMs = ANSWER_WITHIN_MS }: RawConnection,
): Promise<string> {
  const { hostname: host, port, protocol } = new URL(url)
  const to = { host, port: Number(port), ...(from !== undefined && { localAddress: from }) }
  const socket = protocol === 'https:' ? connectTls({ ...to, ...tls }) : connect(to)
  const late = AbortSignal.timeout(withinMs)
  try {
    await once(socket, protocol === 'https:' ? 'secureConnect' : 'connect', { signal: late })
    if (endsFirst) socket.end(text)
    else socket.write(text)
    return await receive(socket, isWhole, late)
  } catch (error) {
    throw late.aborted ? late.reason : error
  } finally {
    socket.destroy()
  }
}

async function receive(socket: Socket, isWhole: IsWhole, late: AbortSignal): Promise<string> {
  let received = ''
  socket.setEncoding('latin1').on('data', (part: string) => {
    received += part
    if (isWhole(received)) socket.destroy()
  })
  // A server that refuses can reset what the client still writes.
  socket.on('error', () => {})
  await once(socket, 'close', { signal: late }).catch(() => late.throwIfAborted())
  return received
}

/**
 * Sends a request by HTTP/1.1 on a connection of its own. Resolves once the answer is whole: some
 * proxies close a connection a second after they have refused on it.
 *
 * @throws the error of a connection that was never made, and `TimeoutError`
 */
export async function askRaw(url: string, request: RawRequest): Promise<RawAnswer> {
  const { method, target, headers = [], body = '', host = new URL(url).host } = request
  const [framing, framed] = request.chunked === true ? inChunks(body) : withLength(body)
  const all: typeof headers = [['host', host], ...headers, framing, ['connection', 'close']]
  const lines = all.map(([name, value]) => `${name}: ${value}`)
  const text = [`${method} ${target} HTTP/1.1`, ...lines, '', framed].join('\r\n')
  const received = await exchange(url, { text, isWhole: isAnswer }, request)
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3})/.exec(received) ?? []
  return { status: Number(status), body: received.slice(received.indexOf('\r\n\r\n') + 4) }
}

const CHUNK_LENGTH = 65_536

type Framed = readonly [header: readonly [name: string, value: string], body: string]

function withLength(body: string): Framed {
  return [['content-length', String(Buffer.byteLength(body))], body]
}

/** A body by RFC 9112 §7.1. */
function inChunks(body: string): Framed {
  const parts = body.match(new RegExp(`[^]{1,${CHUNK_LENGTH}}`, 'g')) ?? []
  const chunks = parts.map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`)
  return [['transfer-encoding', 'chunked'], `${chunks.join('')}0\r\n\r\n`]
}

/** The head of a stream of events is the whole answer, because the stream has no end. */
const isAnswer: IsWhole = (received) => {
  const [head = '', ...parts] = received.split('\r\n\r\n')
  if (head.includes('text/event-stream')) return parts.length > 0
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? []
  const body = parts.join('\r\n\r\n')
  return parts.length > 0 && length !== undefined && body.length >= Number(length)
}

/** Sends a request without a body, whose target is written as it is. Resolves with the status of the answer. */
export async function statusOfRaw(
  url: string,
  line: `${string} ${string}`,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const at = line.indexOf(' ')
  const request = { method: line.slice(0, at), target: line.slice(at + 1) }
  return (await askRaw(url, { ...request, headers: Object.entries(headers) })).status
}
