import { createEdge } from '@freshet/edge'
import { kafkaRevocations } from '@freshet/kafka'
import express from 'express'

const { ISSUER: issuer = '', PORT: port = '8080' } = process.env
const edge = await createEdge({
  issuer,
  audience: 'payments',
  revocations: kafkaRevocations(),
})
await edge.ready({ timeoutMs: 30_000 })

const app = express()
const approvers = edge.express({ require: { groups: ['payments-approvers'] } })
app.post('/approve', approvers, (request, response) => {
  response.json({ approvedBy: request.freshet?.claims?.payload.sub })
})

const server = app.listen(Number(port), '127.0.0.1')
process.once('SIGTERM', () => {
  server.close()
  void edge.close()
})
