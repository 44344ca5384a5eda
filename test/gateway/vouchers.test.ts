import { generateKey, importJwks, importSigningKey, orderDigest, signVoucher } from '@freshet/wire'
import { hrChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  gatewayWorld,
  ROLES,
  URL_OF_GATEWAY,
  type GatewayAnswer,
  type GatewayWorld,
} from './gateway-world.ts'

const OLGA = { iss: 'https://idp.acme.example', sub: 'olga b' }
const OLGAS_NAME = 'https://idp.acme.example olga b via console'
const CUT_OFF = { op: 'deny', tenant: 'acme', scope: 'token', target: 'token-1' }
const PATH = '/v1/cut-offs'

const { privateJwk, publicJwk } = await generateKey('EdDSA', 'vouchers-1')
const key = importSigningKey(privateJwk)
const published = importJwks({ keys: [publicJwk] })

let gateway: GatewayWorld
let keys: typeof published
let vouchers: number

beforeEach(async () => {
  keys = published
  vouchers = 0
  gateway = await gatewayWorld({
    consoles: [{ name: 'console', role: 'operator', keys: () => keys }],
  })
})

interface Sent {
  readonly path?: string
  readonly body?: object
  readonly role?: string
  readonly console?: string
  readonly audience?: string
  readonly atMs?: number
  /** The request of the voucher, if it is not the sent one. */
  readonly vouchedFor?: { readonly path?: string; readonly body?: object }
}

function voucherFor(sent: Sent = {}): string {
  const { path = PATH, body = CUT_OFF, role = 'operator', vouchedFor = {} } = sent
  const vouched = { path, body, ...vouchedFor }
  const order = orderDigest({
    method: 'POST',
    path: vouched.path,
    body: Buffer.from(JSON.stringify(vouched.body)),
  })
  const { console = 'console', audience = URL_OF_GATEWAY, atMs = gateway.clock.nowMs() } = sent
  const terms = { console, audience, nowMs: atMs, jti: `v-${(vouchers += 1)}` }
  return signVoucher({ person: OLGA, role, order }, key, terms)
}

function give(voucher: string, { path = PATH, body = CUT_OFF }: Sent = {}): Promise<GatewayAnswer> {
  const headers = { authorization: `Voucher ${voucher}` }
  return gateway.post('hr', body, { path, type: 'application/json', headers })
}

const order = (sent: Sent = {}): Promise<GatewayAnswer> => give(voucherFor(sent), sent)

function audited(): readonly unknown[] {
  return gateway.database.auditPending.values().map(({ text }) => JSON.parse(text) as unknown)
}

describe('an order of a person with a voucher of a console', () => {
  it('is carried out, and the audit names the person and the console', async () => {
    expect((await order()).status).toBe(202)
    expect(audited()).toMatchObject([{ kind: 'cut-off-ordered', by: OLGAS_NAME }])
  })

  it('names both where a parked record is given up, too', async () => {
    const id = gateway.quarantine(hrChange(1n))
    const drop = { path: `/v1/quarantine/${id}/drop`, body: { reason: 'a test' } }
    expect((await order(drop)).body).toMatchObject({
      result: 'dropped',
      decided: { by: OLGAS_NAME },
    })
    expect(audited()).toMatchObject([{ kind: 'quarantine-dropped', by: OLGAS_NAME }])
  })

  it('takes the role that it would take with a token', async () => {
    const activate = { op: 'activate', pv: 2, reason: 'x' }
    expect((await order({ body: activate })).status).toBe(403)
    expect((await order({ role: 'viewer' })).status).toBe(403)
  })

  it('needs a confirmation where an admin with a token does', async () => {
    const unconfirmed = { ...CUT_OFF, confirm: true }
    expect((await order({ body: unconfirmed })).status).toBe(400)
  })
})

describe('nothing is ordered', () => {
  const refusals: [string, number, () => Promise<GatewayAnswer>][] = [
    ['a role above that of the console', 403, () => order({ role: 'admin' })],
    ['a role that there is not', 403, () => order({ role: 'root' })],
    ['another gateway', 401, () => order({ audience: 'http://other.test' })],
    ['a console that is not known', 401, () => order({ console: 'other' })],
    ['a time that is over', 401, () => order({ atMs: gateway.clock.nowMs() - 33_000 })],
    ['another body', 401, () => order({ vouchedFor: { body: { ...CUT_OFF, target: 'x' } } })],
    ['another path', 401, () => order({ vouchedFor: { path: `${PATH}?dryRun=true` } })],
    ['nothing at all', 401, () => give('x')],
  ]

  it.each(refusals)('refuses a voucher for %s: %i', async (_, status, attempt) => {
    expect((await attempt()).status).toBe(status)
    expect(gateway.produced()).toBe(0)
    expect(audited()).toEqual([])
    // The same request is accepted if that one member is right.
    expect((await order()).status).toBe(202)
  })

  it('by a voucher that was used, also once it is nearly over', async () => {
    const voucher = voucherFor()
    expect((await give(voucher)).status).toBe(202)
    const again = await give(voucher)
    expect(again.status).toBe(401)
    expect(again.body['detail']).toMatch(/used before/)
    await gateway.clock.advance(31_500)
    expect((await give(voucher)).body['detail']).toMatch(/used before/)
  })

  it('refuses a voucher whose key is published no more', async () => {
    keys = []
    expect((await order()).status).toBe(401)
  })

  it('by a voucher that is sent as a token, or a token that is sent as a voucher', async () => {
    const as = (authorization: string) =>
      gateway.post('hr', CUT_OFF, {
        path: PATH,
        type: 'application/json',
        headers: { authorization },
      })
    expect((await as(`Bearer ${voucherFor()}`)).status).toBe(401)
    expect((await as('Voucher operator')).status).toBe(401)
    expect(ROLES).toContain('operator')
    expect((await as('Bearer operator')).status).toBe(202)
  })

  it('by a source’s assertion, whatever it contains', async () => {
    const voucher = gateway.assertion('hr', {
      role: 'operator',
      sub_id: { format: 'iss_sub', ...OLGA },
    })
    expect((await give(voucher)).status).toBe(401)
  })

  it('where the gateway knows no console', async () => {
    gateway = await gatewayWorld()
    expect((await order()).status).toBe(401)
  })
})
