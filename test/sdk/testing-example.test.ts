import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEdge, type Edge, type EdgeOptions } from '@freshet/edge'
import { createTestFeed, type TestFeed } from '@freshet/testing'
import express from 'express'
import { afterEach, beforeEach, expect, it } from 'vitest'

/** The service under test. In production, its options name the issuer and `kafkaRevocations`. */
async function startPayments(options: EdgeOptions): Promise<{ edge: Edge; server: Server }> {
  const edge = await createEdge(options)
  await edge.ready()
  const app = express()
  app.use('/approve', edge.express({ require: { groups: ['payments-approvers'] } }))
  app.post('/approve', (_request, response) => void response.send('approved'))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { edge, server }
}

let feed: TestFeed
let payments: Awaited<ReturnType<typeof startPayments>>

beforeEach(async () => {
  feed = await createTestFeed()
  payments = await startPayments(feed.edgeOptions())
})

afterEach(async () => {
  payments.server.close()
  await payments.edge.close()
})

/** Sends a request with a token, and returns the status of the answer. */
async function approve(token: string): Promise<number> {
  const { port } = payments.server.address() as AddressInfo
  const headers = { authorization: `Bearer ${token}`, connection: 'close' }
  const answer = await fetch(`http://127.0.0.1:${port}/approve`, { method: 'POST', headers })
  return answer.status
}

it('refuses a token after its subject lost the group', async () => {
  const token = feed.token({ subject: 'alice', claims: { groups: ['payments-approvers'] } })
  expect(await approve(token)).toBe(200)
  await feed.revoke({ subject: 'alice', claim: 'groups' })
  expect(await approve(token)).toBe(401)
})

it('refuses requests while the source of the group is silent', async () => {
  const token = feed.token({ claims: { groups: ['payments-approvers'] } })
  feed.silence('hr')
  await feed.advance(8_000)
  expect(await approve(token)).toBe(503)
  await feed.resume('hr')
  expect(await approve(token)).toBe(200)
})
