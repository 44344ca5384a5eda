import { decodeAuditEntry } from '@freshet/wire'
import { ACME_IDP } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayAnswer, type GatewayWorld } from './gateway-world.ts'

let world: GatewayWorld
beforeEach(async () => {
  world = await gatewayWorld()
})

const order = (sub: string) => ({
  tenant: 'acme',
  subject: { format: 'iss_sub', iss: ACME_IDP, sub },
  reason: 'request 4711',
})
const erase = (body: unknown, token = 'operator'): Promise<GatewayAnswer> =>
  world.post('hr', body, { path: '/v1/erasures', type: 'application/json', token })

describe('an erasure', () => {
  it('has an id, and the audit has the operator and the reason, and not the subject', async () => {
    const { status, body } = await erase(order('alice'))
    expect(status).toBe(200)
    expect(body).toEqual({ apiVersion: 'freshet.dev/v1', id: 'order-1', rows: { claims: 2 } })
    const entries = world.database.auditPending.values()
    const texts = entries.map(({ text }) => text)
    expect(decodeAuditEntry(texts.at(-1) ?? '')).toMatchObject({
      kind: 'subject-erased',
      ref: 'order-1',
      tenant: 'acme',
      by: 'operator',
      detail: { reason: 'request 4711', rows: 2 },
    })
    expect(JSON.stringify([body, texts])).not.toContain('alice')
  })

  it.each([
    ['nobody', 404, 'request.not-found'],
    ['employed', 409, 'erasure.early'],
  ])('of %s is %i', async (sub, status, code) => {
    const answer = await erase(order(sub))
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    expect(JSON.stringify(answer.body)).not.toContain(sub === 'nobody' ? ACME_IDP : sub)
  })

  it.each(['viewer', 'nobody'])('is not for %s', async (token) => {
    expect([401, 403]).toContain((await erase(order('alice'), token)).status)
  })

  it.each([
    { ...order('alice'), reason: undefined },
    { ...order('alice'), reason: '' },
    { ...order('alice'), more: 1 },
    { ...order('alice'), subject: { format: 'email', email: 'a@example.com' } },
    { ...order('alice'), subject: { ...order('alice').subject, sub: 'a\u0000' } },
  ])('is refused where its body is none: %j', async (body) => {
    expect((await erase(body)).status).toBe(400)
  })
})
