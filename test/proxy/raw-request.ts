import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'

const ANSWER_WITHIN_MS = 20_000

/** A request as it is written on the wire: nothing is normalised, escaped or joined. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Default empty. */
  readonly body?: string
  /** The value of `Host`. Default the address that is asked. */
  readonly host?: string
  /** The address of the client on loopback, where its budget is its own. */
  readonly from?: string
}

/** The answer of a proxy. */
export interface RawAnswer {
  readonly status: number
  readonly body: string
}

/** Sends a request by HTTP/1.1. A connection that is closed without an answer gives status 0. */
export async function askRaw(url: string, request: RawRequest): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url)
  const localAddress = request.from === undefined ? {} : { localAddress: request.from }
  const socket = connect({ host: hostname, port: Number(port), ...localAddress }).setEncoding(
    'latin1',
  )
  const late = AbortSignal.timeout(ANSWER_WITHIN_MS)
  let received = ''
  socket.on('data', (part: string) => {
    received += part
    // A stream of events has no end.
    if (received.includes('text/event-stream')) socket.destroy()
  })
  socket.on('error', () => {})
  const { body = '' } = request
  const lines = (request.headers ?? []).map(([name, value]) => `${name}: ${value}`)
  const first = [`${request.method} ${request.target} HTTP/1.1`, `host: ${request.host ?? host}`]
  const last = [`content-length: ${Buffer.byteLength(body)}`, 'connection: close', '', body]
  socket.write([...first, ...lines, ...last].join('\r\n'))
  await once(socket, 'close', { signal: late })
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3})/.exec(received) ?? []
  return { status: Number(status), body: received.slice(received.indexOf('\r\n\r\n') + 4) }
}

/** Sends a request by HTTP/2 without TLS, by prior knowledge. */
export async function askByHttp2(url: string, request: RawRequest): Promise<RawAnswer> {
  const session = connectHttp2(url)
  try {
    const stream = session.request({
      ':method': request.method,
      ':path': request.target,
      ...Object.fromEntries(request.headers ?? []),
    })
    stream.setEncoding('utf8').end()
    const late = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const [headers] = (await once(stream, 'response', { signal: late })) as [
      { readonly ':status'?: number },
    ]
    let body = ''
    for await (const part of stream) body += String(part)
    return { status: headers[':status'] ?? 0, body }
  } finally {
    session.destroy()
  }
}
