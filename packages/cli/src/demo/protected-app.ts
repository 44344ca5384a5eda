import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Edge } from '@freshet/edge'
import express from 'express'

/** An application that an edge protects, listening on loopback. */
export interface ProtectedApp {
  readonly url: string
  close(): Promise<void>
}

/** What a service that embeds the edge looks like: two routes, one line each. */
export async function startProtectedApp(edge: Edge): Promise<ProtectedApp> {
  const app = express()
  app.disable('x-powered-by')
  const done: express.RequestHandler = (_request, response) => void response.sendStatus(200)
  app.post('/approve', edge.express({ require: { groups: ['payments-approvers'] } }), done)
  app.get('/report', edge.express({ require: { groups: ['staff'] } }), done)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await edge.close()
    },
  }
}
