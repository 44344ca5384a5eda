import { createServer } from 'node:net'

/** Ports on loopback that nobody listens on now, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen))
  const ports = servers.map(({ port }) => port)
  await Promise.all(servers.map((server) => server.close()))
  return ports
}

interface Listening {
  readonly port: number
  close(): Promise<void>
}

function listen(): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const close = (): Promise<void> => new Promise((done) => server.close(() => done()))
      resolve({ port, close })
    })
  })
}
