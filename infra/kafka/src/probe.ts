import { connect } from 'node:net'

const METADATA_KEY = 3
const METADATA_VERSION = 1
const PROBE_TIMEOUT_MS = 1_000
/** Size, correlation id, number of brokers: three integers of four bytes. */
const HEAD_BYTES = 12

/**
 * True when the broker at the port answers a Metadata request and names at least one live broker.
 *
 * An open port is not enough: the listener accepts before the broker may lead a partition.
 */
export function isBrokerReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    let received = Buffer.alloc(0)
    const finish = (ready: boolean): void => {
      socket.destroy()
      resolve(ready)
    }
    socket.setTimeout(PROBE_TIMEOUT_MS, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('close', () => resolve(false))
    socket.on('connect', () => socket.write(metadataRequest()))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length >= HEAD_BYTES) finish(received.readInt32BE(8) > 0)
    })
  })
}

/** Asks for the brokers and for no topic. */
function metadataRequest(): Buffer {
  const clientId = Buffer.from('freshet-probe')
  const body = Buffer.alloc(14 + clientId.length)
  body.writeInt16BE(METADATA_KEY, 0)
  body.writeInt16BE(METADATA_VERSION, 2)
  body.writeInt32BE(1, 4)
  body.writeInt16BE(clientId.length, 8)
  clientId.copy(body, 10)
  body.writeInt32BE(0, 10 + clientId.length)
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}
