import { CONTROL_PARTITION } from '@freshet/protocol'
import { decodeAuditEntry } from '@freshet/wire'
import { acmeRegistry } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayAnswer, type GatewayWorld } from './gateway-world.ts'

let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld({ registry: acmeRegistry({ cutOffShare: 0.2 }) })
})

const order = (body: unknown, query = ''): Promise<GatewayAnswer> =>
  gateway.post('', body, {
    path: `/v1/cut-offs${query}`,
    type: 'application/json',
    token: 'operator',
  })
const produced = async () => (await gateway.read(CONTROL_PARTITION)).length

/** Plants outstanding tokens of a client in the tenant acme. */
function plant(client: string, count: number): void {
  for (let n = 0; n < count; n++) {
    const jti = `${client}-${n}`
    const row = { jti, tenant: 'acme', expMs: gateway.clock.nowMs() + 1_000, stale: null, pv: 1 }
    const who = { subject: jti, client, kid: 'k1', sid: null, valueScopes: [] }
    gateway.database.tokens.set(jti, { ...row, ...who } as never)
  }
}

const cutWeb = { op: 'cut-off', tenant: 'acme', scope: 'client', target: 'web' }
const meant = { confirm: true, reason: 'incident 7' }

describe('a guarded cut-off', () => {
  it('is held above the share of its tenant, with the numbers and how to confirm', async () => {
    plant('web', 30)
    plant('job', 70)
    const { status, body } = await order(cutWeb)
    expect([status, body['code']]).toEqual([409, 'request.unconfirmed'])
    expect(body['detail']).toContain('30 of the 100 outstanding tokens')
    expect(body['detail']).toContain('more than 20%')
    expect(body['detail']).toContain('`confirm: true`')
    expect(await produced()).toBe(0)
    expect(gateway.database.auditPending.values()).toEqual([])
  })

  it('is carried out once it is confirmed, and the audit has the confirmation and the reason', async () => {
    plant('web', 30)
    expect(await order({ ...cutWeb, ...meant })).toMatchObject({ status: 202 })
    expect(
      gateway.database.auditPending.values().map(({ text }) => decodeAuditEntry(text)),
    ).toMatchObject([
      { kind: 'cut-off-ordered', detail: { confirmed: true, reason: 'incident 7' } },
    ])
  })

  it('returns with dryRun that it would be held, and does nothing', async () => {
    plant('web', 30)
    plant('job', 70)
    expect(await order(cutWeb, '?dryRun=true')).toMatchObject({
      status: 200,
      body: {
        touches: { tokens: 30 },
        guard: { share: 0.2, tokens: 30, outstanding: 100, needsConfirmation: true },
      },
    })
    const value = { op: 'value-withdrawn', tenant: 'acme', claim: 'groups', value: 'staff' }
    expect(await order(value, '?dryRun=true')).toMatchObject({
      body: { guard: { tokens: 0, needsConfirmation: false } },
    })
    expect(await produced()).toBe(0)
  })

  it('is held for a key and a whole tenant as well', async () => {
    plant('web', 10)
    for (const more of [
      { op: 'deny', scope: 'key', target: 'k1' },
      { op: 'cut-off', scope: 'tenant', target: 'acme' },
    ])
      expect(await order({ tenant: 'acme', ...more })).toMatchObject({ status: 409 })
    expect(
      await order({ op: 'deny', tenant: 'acme', scope: 'key', target: 'k1', ...meant }),
    ).toMatchObject({ status: 202 })
  })

  it('goes on unasked at the share, and where it touches a few tokens', async () => {
    plant('web', 20)
    plant('job', 80)
    expect(await order(cutWeb)).toMatchObject({ status: 202 })
    gateway = await gatewayWorld({ registry: acmeRegistry({ cutOffShare: 0.2 }) })
    plant('web', 9)
    expect(await order(cutWeb)).toMatchObject({ status: 202 })
  })

  it.each([
    ['without a reason', { confirm: true }],
    ['by another word than true', { confirm: 'yes', reason: 'x' }],
  ])('is not confirmed %s', async (_, more) => {
    plant('web', 30)
    expect(await order({ ...cutWeb, ...more })).toMatchObject({ status: 400 })
    expect(await produced()).toBe(0)
  })

  it('control: without a guard in the registry the same order is carried out', async () => {
    gateway = await gatewayWorld()
    plant('web', 30)
    expect(await order(cutWeb)).toMatchObject({ status: 202 })
    const { body } = await order(cutWeb, '?dryRun=true')
    expect(body['guard']).toBeUndefined()
  })
})
