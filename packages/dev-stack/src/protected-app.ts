import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Edge } from '@freshet/edge'
import express from 'express'

/** An application that an edge protects, listening on loopback. */
export interface ProtectedApp {
  /** Status of a request with a token to a route, as `POST /approve`. */
  request(token: string, route: string): Promise<number>
  close(): Promise<void>
}

/** A service that embeds the edge: its routes, a line each. */
export async function startProtectedApp(edge: Edge): Promise<ProtectedApp> {
  const app = express()
  app.disable('x-powered-by')
  const done: express.RequestHandler = (_request, response) => void response.sendStatus(200)
  const require = { groups: ['payments-approvers'] }
  app.post('/approve', edge.express({ require }), done)
  app.post('/wire', edge.express({ require, risk: 'high' }), done)
  app.get('/report', edge.express({ require: { groups: ['staff'] } }), done)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async request(token, route) {
      const [method = 'GET', path = '/'] = route.split(' ')
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(new URL(path, `http://127.0.0.1:${port}`), { method, headers })).status
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await edge.close()
    },
  }
}
