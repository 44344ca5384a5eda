import { createEdge } from '@freshet/edge'
import '@freshet/edge/fastify'
import { kafkaRevocations } from '@freshet/kafka'
import { fastify } from 'fastify'

const { ISSUER: issuer = '', PORT: port = '8080' } = process.env
const edge = await createEdge({
  issuer,
  audience: 'payments',
  revocations: kafkaRevocations(),
})
await edge.ready({ timeoutMs: 30_000 })

const app = fastify()
const approvers = edge.fastify({ require: { groups: ['payments-approvers'] } })
app.post('/approve', { onRequest: approvers }, async (request) => {
  return { approvedBy: request.freshet?.claims?.payload.sub }
})

await app.listen({ port: Number(port), host: '127.0.0.1' })
process.once('SIGTERM', () => {
  void app.close()
  void edge.close()
})
