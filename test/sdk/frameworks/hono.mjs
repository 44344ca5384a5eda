import { createEdge } from '@freshet/edge'
import '@freshet/edge/hono'
import { kafkaRevocations } from '@freshet/kafka'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const { ISSUER: issuer = '', PORT: port = '8080' } = process.env
const edge = await createEdge({
  issuer,
  audience: 'payments',
  revocations: kafkaRevocations(),
})
await edge.ready({ timeoutMs: 30_000 })

const app = new Hono()
app.use('/approve', edge.hono({ require: { groups: ['payments-approvers'] } }))
app.post('/approve', (c) => c.json({ approvedBy: c.get('freshet').claims?.payload.sub }))

const server = serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' })
process.once('SIGTERM', () => {
  server.close()
  void edge.close()
})
