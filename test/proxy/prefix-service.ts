import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'

/** A service that a proxy protects. */
export interface PrefixService extends AsyncDisposable {
  readonly port: number
  /** Each request that a handler received: the mount, the method and the target. */
  readonly reached: string[]
}

const MOUNTS = ['/approve', '/admin', '/report']

/**
 * Starts an Express service with handlers that are mounted by prefix. Express normalises no path, so
 * `/admin/../x` reaches the handler of `/admin`. That is why a proxy and a sidecar must agree on the path.
 */
export async function prefixService(): Promise<PrefixService> {
  const reached: string[] = []
  const app = express()
  for (const mount of [...MOUNTS, '/'])
    app.use(mount, (request, response) => {
      reached.push(`${mount}: ${request.method} ${request.originalUrl}`)
      response.end('reached')
    })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    reached,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => {})
    },
  }
}
