import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { headOf, type Target } from '../http/connections.ts'

/** A piece of a body is sent when the service had this long to answer what came before. */
const PIECE_EVERY_MS = 10
const HEAD_ALONE_MS = 100
const PIECE_BYTES = 16_384
const ANSWER_WITHIN_MS = 15_000

/** The first answer to a request that is sent slowly. */
export interface FirstRefusal {
  readonly status: number
  /** Bytes of head and body that were sent before the answer came. */
  readonly bytes: number
}

/** Sends a request in pieces until it is answered. */
export async function firstRefusal(
  target: Omit<Target, 'connections'>,
  body: Uint8Array,
  lines: string,
): Promise<FirstRefusal> {
  const { hostname: host, port } = new URL(target.url)
  const socket = connect({ host, port: Number(port), localAddress: target.from?.[0] })
  try {
    const head = headOf({ ...target, connections: 1 })
    let bytes = 0
    const received: string[] = []
    socket.setEncoding('latin1').on('data', (text: string) => received.push(text))
    const send = async (part: string | Uint8Array, waitMs: number): Promise<void> => {
      socket.write(part)
      bytes += part.length
      await pause(waitMs)
    }
    await once(socket, 'connect')
    await send(`${head}${lines}content-length: ${body.length}\r\n\r\n`, HEAD_ALONE_MS)
    for (let at = 0; at < body.length && received.length === 0; at += PIECE_BYTES)
      await send(body.subarray(at, at + PIECE_BYTES), PIECE_EVERY_MS)
    if (received.length === 0)
      await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    const status = Number(received.join('').slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
    return { status, bytes }
  } finally {
    socket.destroy()
  }
}
