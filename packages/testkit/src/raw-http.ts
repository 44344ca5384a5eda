import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Sends text on a new connection as it is written, which no HTTP client does, and resolves with all
 * that came back until the server closed.
 */
export async function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).setEncoding('latin1')
  let received = ''
  socket.on('data', (part: string) => (received += part))
  socket.write(text)
  await once(socket, 'close')
  return received
}

/** Sends a request whose target is written as it is, and resolves with the status of the answer. */
export async function statusOfRaw(
  url: string,
  line: `${string} ${string}`,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const all = { host: new URL(url).host, connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  const received = await sendRaw(url, [`${line} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1])
}
