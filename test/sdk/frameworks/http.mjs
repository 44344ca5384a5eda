import { createServer } from 'node:http'
import { bearerToken, createEdge } from '@freshet/edge'
import { kafkaRevocations } from '@freshet/kafka'

const { ISSUER: issuer = '', PORT: port = '8080' } = process.env
const edge = await createEdge({
  issuer,
  audience: 'payments',
  revocations: kafkaRevocations(),
})
await edge.ready({ timeoutMs: 30_000 })

const require = { groups: ['payments-approvers'] }
const server = createServer(async ({ headers, method, url }, response) => {
  if (method !== 'POST' || url !== '/approve') {
    response.writeHead(404).end()
    return
  }
  const decision = await edge.decide({ token: bearerToken(headers.authorization), require })
  if (decision.decision === 'allow') {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ approvedBy: decision.claims?.payload.sub }))
    return
  }
  const refusal = edge.refusal(decision, headers.traceparent)
  response.writeHead(refusal.status, refusal.headers).end(refusal.body)
})

server.listen(Number(port), '127.0.0.1')
process.once('SIGTERM', () => {
  server.close()
  void edge.close()
})
