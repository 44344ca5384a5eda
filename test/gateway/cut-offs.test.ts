import { CONTROL_PARTITION, type Registry } from '@freshet/protocol'
import { decodeAuditEntry, generateKey } from '@freshet/wire'
import { ACME_IDP, acmeRegistry } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayAnswer, type GatewayWorld } from './gateway-world.ts'
import { documentOf } from './published-document.ts'

const { publicJwk } = await generateKey('ES256', 'k1')

const web = { id: 'payments-web', tenant: 'acme', audiences: ['payments'], introspects: [] }
const clients: Registry['clients'] = new Map([[web.id, web]])

let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld({ registry: acmeRegistry({ clients }) })
})

const order = (body: unknown, token = 'operator', query = ''): Promise<GatewayAnswer> =>
  gateway.post('', body, { path: `/v1/cut-offs${query}`, type: 'application/json', token })
const control = async () =>
  (await gateway.read(CONTROL_PARTITION)).map((each) =>
    each.kind === 'change' ? each.change : each,
  )

const cutClient = { op: 'cut-off', tenant: 'acme', scope: 'client', target: 'payments-web' }
const denyKey = { op: 'deny', tenant: 'acme', scope: 'key', target: 'k1' }

function plantToken(jti: string, more: object = {}): void {
  const row = { jti, tenant: 'acme', expMs: gateway.clock.nowMs() + 1_000, stale: null, pv: 1 }
  const who = { subject: 'amy', client: 'payments-web', kid: 'k1', sid: null, valueScopes: [] }
  gateway.database.tokens.set(jti, { ...row, ...who, ...more } as never)
}

describe('POST /v1/cut-offs', () => {
  it('sends a cut-off in the name of the product, in the control partition', async () => {
    const { status, body } = await order(cutClient)
    expect(status).toBe(202)
    expect(body).toMatchObject({
      partition: 0,
      offset: '0',
      id: expect.stringMatching(/^cut-off-/),
    })
    expect(await control()).toMatchObject([
      { kind: 'cut-off', source: 'freshet', scope: 'client', target: 'payments-web' },
    ])
  })

  it.each(['key', 'issuer', 'session', 'token'])('reports a denial of a %s', async (scope) => {
    const target = scope === 'issuer' ? ACME_IDP : 'x'
    expect(await order({ ...denyKey, scope, target })).toMatchObject({ status: 202 })
    expect(await control()).toMatchObject([{ kind: 'deny', scope, target }])
  })

  it('is the same event however often the same order is sent, and another for another', async () => {
    const first = await order({ ...cutClient, order: 'incident-7' })
    expect(await order({ ...cutClient, order: 'incident-7' })).toMatchObject({ body: first.body })
    expect(await order(denyKey)).toMatchObject({ body: (await order(denyKey)).body })
    await order({ ...cutClient, order: 'incident-8' })
    await order(cutClient)
    await order(cutClient)
    expect(await control()).toHaveLength(5)
  })

  it('returns with dryRun what it affects, and writes nothing', async () => {
    plantToken('t1')
    plantToken('t2', { subject: 'ben', client: 'other' })
    plantToken('expired', { expMs: gateway.clock.nowMs() })
    const ask = (body: object, token = 'operator') => order(body, token, '?dryRun=true')
    expect(await ask(denyKey)).toMatchObject({
      status: 200,
      body: {
        dryRun: true,
        op: 'deny',
        scope: 'key',
        touches: { tokens: 2, subjects: 2, clients: 2 },
      },
    })
    const touches = (tokens: number) => ({ status: 200, body: { touches: { tokens } } })
    expect(await ask(cutClient)).toMatchObject(touches(1))
    const document = documentOf(2, { keys: [publicJwk] })
    const published = { pv: 2, hash: 'two', document, by: 'ann', atMs: 0 }
    gateway.database.policyVersions.set('2', published)
    const activation = { op: 'activate', pv: 2, minimum: 2, reason: 'reviewed' }
    expect(await ask(activation, 'admin')).toMatchObject(touches(2))
    const value = { op: 'value-withdrawn', tenant: 'acme', claim: 'groups', value: 'staff' }
    expect(await ask(value)).toMatchObject(touches(0))
    expect(gateway.produced()).toBe(0)
    expect(gateway.database.stamps.values()).toEqual([])
  })

  describe('an order for a name that is mistyped', () => {
    const typo = { ...cutClient, target: 'payments-wb' }
    const unknown = (detail: RegExp) => ({
      status: 404,
      body: { code: 'request.unknown-target', detail: expect.stringMatching(detail) as string },
    })

    it.each(['', '?dryRun=true'])(
      'does nothing, and names the nearest one: “%s”',
      async (query) => {
        expect(await order(typo, 'operator', query)).toMatchObject(
          unknown(/no client payments-wb.* Did you mean payments-web\?/),
        )
        const issuer = { ...denyKey, scope: 'issuer', target: `${ACME_IDP}x` }
        expect(await order(issuer, 'operator', query)).toMatchObject(unknown(/Did you mean https:/))
        expect(await order({ ...cutClient, tenant: 'acne' }, 'operator', query)).toMatchObject({
          status: 403,
          body: { detail: 'tenant acne is not in the registry. Did you mean acme?' },
        })
        const withdrawn = { op: 'value-withdrawn', tenant: 'acme', claim: 'grups', value: 'staff' }
        expect(await order(withdrawn, 'operator', query)).toMatchObject({
          status: 422,
          body: { detail: 'claim grups is not in the registry. Did you mean groups?' },
        })
        expect(gateway.produced()).toBe(0)
        expect(gateway.database.auditPending.values()).toEqual([])
      },
    )

    it('is done where it is meant, and where tokens of a client that is gone are out', async () => {
      expect(await order({ ...typo, unknown: true })).toMatchObject({ status: 202 })
      plantToken('t1', { client: 'gone' })
      expect(await order({ ...cutClient, target: 'gone' })).toMatchObject({ status: 202 })
    })
  })

  it('activates for an admin alone', async () => {
    expect(await order({ op: 'activate', pv: 2, reason: 'x' })).toMatchObject({
      status: 403,
      body: {
        code: 'request.forbidden',
        detail: 'The role admin is required; operator has operator.',
      },
    })
  })

  it('leaves the withdrawal of a value to the source of its claim', async () => {
    const value = { op: 'value-withdrawn', tenant: 'acme', claim: 'groups', value: 'staff' }
    const { status, body } = await order(value)
    expect([status, body['code']]).toEqual([403, 'event.forbidden'])
    expect(body['detail']).toContain('source hr')
  })

  it.each<[number, string, string, string, unknown]>([
    [401, 'nobody', 'request.unauthenticated', 'none', cutClient],
    [403, 'a viewer', 'request.forbidden', 'viewer', cutClient],
    [403, 'a viewer who only asks', 'request.forbidden', 'viewer', { op: 'deny' }],
    [400, 'no JSON', 'request.malformed', 'operator', '{'],
    [400, 'another op', 'request.malformed', 'operator', { ...cutClient, op: 'remove' }],
    [400, 'another scope', 'request.malformed', 'operator', { ...cutClient, scope: 'key' }],
    [400, 'a typo', 'request.malformed', 'operator', { ...cutClient, subject: 'alice' }],
    [400, 'no target', 'request.malformed', 'operator', { ...cutClient, target: '' }],
    [403, 'an unknown tenant', 'event.forbidden', 'operator', { ...cutClient, tenant: 'x' }],
    [
      403,
      'a tenant cut off from another',
      'event.forbidden',
      'operator',
      { ...cutClient, scope: 'tenant', target: 'umbrella' },
    ],
    [
      422,
      'an unknown claim',
      'event.unmapped',
      'operator',
      { op: 'value-withdrawn', tenant: 'acme', claim: 'shoe', value: 1 },
    ],
  ])('answers %i to %s, with or without dryRun, and does nothing', async (...row) => {
    const [status, , code, token, body] = row
    expect(await order(body, token)).toMatchObject({ status, body: { code } })
    expect(await order(body, token, '?dryRun=true')).toMatchObject({ status, body: { code } })
    expect(gateway.produced()).toBe(0)
  })

  it('refuses a dryRun that is neither true nor false, so that a typo cuts nothing off', async () => {
    expect(await order(cutClient, 'operator', '?dryRun=yes')).toMatchObject({ status: 400 })
    expect(gateway.produced()).toBe(0)
  })

  it('knows the tenants of the registry that it has loaded', async () => {
    const tenants: Registry['tenants'] = new Map([
      ['umbrella', { id: 'umbrella', identityProviders: [] }],
    ])
    gateway = await gatewayWorld({ registry: acmeRegistry({ tenants, clients }) })
    expect(await order({ ...cutClient, tenant: 'umbrella' })).toMatchObject({ status: 202 })
    expect(await order(cutClient)).toMatchObject({ status: 403 })
  })
})

describe('the audit of an order', () => {
  const audited = () =>
    gateway.database.auditPending.values().map(({ text }) => decodeAuditEntry(text))

  it('names the operator, under the id of the change that carries it out', async () => {
    const { body } = await order(cutClient)
    const detail = { op: 'cut-off', scope: 'client', target: 'payments-web' }
    const about = { tenant: 'acme', ref: Reflect.get(Object(body), 'id'), by: 'operator', detail }
    expect(audited()).toMatchObject([{ kind: 'cut-off-ordered', ...about }])
  })

  it('is written before anything takes effect: without it nothing does', async () => {
    gateway.database.failNext('before-commit')
    expect(await order(denyKey)).toMatchObject({ status: 503 })
    expect(await control()).toEqual([])
    expect(audited()).toEqual([])
  })

  it.each([
    ['a viewer’s order', () => order(cutClient, 'viewer')],
    ['a dry run', () => order(cutClient, 'operator', '?dryRun=true')],
    ['an order about a tenant that there is not', () => order({ ...cutClient, tenant: 'x' })],
  ])('has nothing of %s', async (_, send) => {
    await send()
    expect(audited()).toEqual([])
  })
})
