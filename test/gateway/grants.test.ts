import { CONTROL_PARTITION } from '@freshet/protocol'
import { decodeAuditEntry } from '@freshet/wire'
import { acmeRegistry } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayAnswer, type GatewayWorld } from './gateway-world.ts'

const require = new Map([['groups', ['payments-approvers']]])
const routes = new Map([
  ['POST /approve', { require, risk: 'normal' as const, policies: [] }],
  ['POST /pay', { require, risk: 'high' as const, policies: [] }],
])
const payments = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes }
const registry = acmeRegistry({
  breakGlassMaxMs: 3_600_000,
  audiences: new Map([['payments', payments]]),
})

let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld({ registry })
})

const post = (path: string, body: unknown, token = 'admin'): Promise<GatewayAnswer> =>
  gateway.post('', body, { path, type: 'application/json', token })
const open = (more: object = {}, query = '', token = 'admin') =>
  post(`/v1/openings${query}`, { ...grantOrder, ...more }, token)
const control = async () =>
  (await gateway.read(CONTROL_PARTITION)).map((each) =>
    each.kind === 'change' ? each.change : each,
  )
const audited = () =>
  gateway.database.auditPending.values().map(({ text }) => decodeAuditEntry(text))

const grantOrder = {
  tenant: 'acme',
  audience: 'payments',
  route: 'POST /approve',
  claim: 'groups',
  for: '30m',
  reason: 'HR is down',
}

describe('POST /v1/openings', () => {
  it('sends an opening in the name of the product, with the admin, the reason and the end', async () => {
    const { status, body } = await open()
    expect(status).toBe(202)
    expect(body).toMatchObject({ partition: 0, id: expect.stringMatching(/^open-/) })
    expect(await control()).toMatchObject([
      {
        kind: 'open',
        source: 'freshet',
        route: 'POST /approve',
        untilMs: gateway.clock.nowMs() + 1_800_000,
        by: 'admin',
        reason: 'HR is down',
      },
    ])
  })

  it('stands in the audit before it is carried out, with the reason and the end', async () => {
    gateway.writer.away(true)
    expect(await open()).toMatchObject({ status: 503 })
    expect(audited()).toMatchObject([
      {
        kind: 'opening-ordered',
        tenant: 'acme',
        by: 'admin',
        detail: {
          op: 'open',
          audience: 'payments',
          route: 'POST /approve',
          claim: 'groups',
          reason: 'HR is down',
          until: new Date(gateway.clock.nowMs() + 1_800_000).toISOString(),
        },
      },
    ])
  })

  it('returns with dryRun what it would open, and writes nothing', async () => {
    expect(await open({}, '?dryRun=true')).toMatchObject({
      status: 200,
      body: { dryRun: true, opens: { claim: 'groups', until: expect.any(String) } },
    })
    expect(gateway.produced()).toBe(0)
    expect(audited()).toEqual([])
  })

  it('is for admins', async () => {
    for (const role of ['viewer', 'operator'])
      expect(await open({}, '', role)).toMatchObject({ status: 403 })
    expect(await open({}, '', 'nobody')).toMatchObject({ status: 401 })
    expect(gateway.produced()).toBe(0)
  })

  it('is the same event however often the same order is sent', async () => {
    const first = await open({ order: 'incident-7' })
    await gateway.clock.advance(60_000)
    expect(await open({ order: 'incident-7' })).toMatchObject({ status: 202, body: first.body })
    await open({ order: 'incident-8' })
    expect(await control()).toHaveLength(2)
  })

  it.each([
    ['for longer than the registry lets it', { for: '61m' }, 403],
    ['a route of high risk', { route: 'POST /pay' }, 403],
    ['a route that is not declared', { route: 'GET /' }, 403],
    ['another tenant', { tenant: 'globex' }, 403],
    ['a claim that there is not', { claim: 'xx' }, 403],
    ['without a reason', { reason: '' }, 400],
    ['for no duration', { for: 'ever' }, 400],
    ['a misspelt member', { rout: 'POST /approve' }, 400],
  ])('refuses %s, dry or not', async (_, more, status) => {
    for (const query of ['', '?dryRun=true'])
      expect(await open(more, query)).toMatchObject({ status })
    expect(gateway.produced()).toBe(0)
    expect(audited()).toEqual([])
  })

  it('control: where the registry declares no breakGlass, nothing opens', async () => {
    gateway = await gatewayWorld({ registry: acmeRegistry({ audiences: registry.audiences }) })
    expect(await open()).toMatchObject({ status: 403, body: { code: 'event.forbidden' } })
  })
})

describe('POST /v1/openings/{id}/close', () => {
  const close = (id: string, body: object, token?: string) =>
    post(`/v1/openings/${id}/close`, body, token)
  const order = { tenant: 'acme', reason: 'HR is back' }

  it('sends the end, and the audit names the admin', async () => {
    const { body } = await open()
    expect(await close(String(body['id']), order)).toMatchObject({ status: 202 })
    expect((await control()).at(-1)).toMatchObject({
      kind: 'close',
      opening: body['id'],
      by: 'admin',
    })
    expect(audited().at(-1)).toMatchObject({
      kind: 'opening-ordered',
      by: 'admin',
      detail: { op: 'close', opening: body['id'], reason: 'HR is back' },
    })
  })

  it('is for admins, and needs a reason', async () => {
    expect(await close('o1', order, 'operator')).toMatchObject({ status: 403 })
    expect(await close('o1', { tenant: 'acme' })).toMatchObject({ status: 400 })
    expect(gateway.produced()).toBe(0)
  })
})

it('a source opens nothing, whatever it signs', async () => {
  const data = {
    tenant: 'acme',
    op: 'open',
    audience: 'payments',
    route: 'POST /approve',
    claim: 'groups',
    until: new Date(gateway.clock.nowMs() + 60_000).toISOString(),
    by: 'hr',
    reason: 'x',
    sourceVersion: '1',
    occurredAt: new Date(gateway.clock.nowMs()).toISOString(),
  }
  const event = {
    specversion: '1.0',
    id: 'c1',
    source: 'hr',
    type: 'dev.freshet.change.v1',
    data,
  }
  expect(await gateway.post('hr', event)).toMatchObject({
    status: 403,
    body: { code: 'event.forbidden' },
  })
})
