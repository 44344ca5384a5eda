import { PARTITIONS, type Registry, type Tenant } from '@freshet/protocol'
import { formatChangeEvent as event, HEARTBEAT_TENANTS_MAX } from '@freshet/wire'
import { acmeRegistry, hrChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayAnswer, type GatewayWorld } from './gateway-world.ts'

const LONGEST = 128
/** Names of tenants with the largest length, with `acme` among them. */
const NAMES = [
  'acme',
  ...Array.from({ length: HEARTBEAT_TENANTS_MAX - 1 }, (_, n) => `${n}`.padStart(LONGEST, 't')),
]
const through = new Date(1_795_514_400_000).toISOString()
const sent = { path: '/v1/heartbeats', type: 'application/json' }

let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld({ registry: withTenants(NAMES) })
})

function withTenants(names: readonly string[]): Registry {
  const tenants = names.map((id): [string, Tenant] => [id, { id, identityProviders: [] }])
  const { tenants: own, ...registry } = acmeRegistry()
  return { ...registry, tenants: new Map([...tenants, ...own]) }
}

const sendHeartbeat = (tenants: readonly object[], more: object = {}): Promise<GatewayAnswer> =>
  gateway.post('hr', { through, tenants, ...more }, sent)
const members = (names: readonly string[]): readonly object[] => names.map((tenant) => ({ tenant }))

describe('POST /v1/heartbeats for many tenants', () => {
  it('answers each of them, and writes one record to every partition (rule 12)', async () => {
    const names = NAMES.slice(0, 3)
    expect(await sendHeartbeat(members(names))).toMatchObject({
      status: 202,
      body: { items: names.map((tenant) => ({ status: 202, tenant, source: 'hr', through })) },
    })
    for (const partition of PARTITIONS) {
      expect(await gateway.read(partition)).toMatchObject([
        { kind: 'heartbeats', heartbeats: names.map((tenant) => ({ tenant, source: 'hr' })) },
      ])
    }
  })

  it('takes as many as it names, of the longest names', async () => {
    const answer = await sendHeartbeat(members(NAMES))
    expect(answer.status).toBe(202)
    const [record] = await gateway.read(1)
    expect(record).toMatchObject({ kind: 'heartbeats', heartbeats: { length: NAMES.length } })
  })

  it('takes them in a body that the source signs, too', async () => {
    const body = { source: 'hr', through, tenants: members(NAMES) }
    const signed = gateway.jws('hr', { typ: 'cloudevents+json' }, body)
    const answer = await gateway.post('', signed, {
      ...sent,
      type: 'application/jose',
      token: 'none',
    })
    expect(answer.status).toBe(202)
  })

  it('has the status of a problem where one is refused, and goes on with the others', async () => {
    const answer = await sendHeartbeat(members(['acme', 'nobody']))
    expect(answer).toMatchObject({
      status: 403,
      body: {
        code: 'event.forbidden',
        detail: '1 of 2 heartbeats were not accepted; see items.',
        items: [
          { status: 202, tenant: 'acme' },
          { status: 403, tenant: 'nobody', code: 'event.forbidden' },
        ],
      },
    })
    expect(await gateway.read(1)).toMatchObject([{ heartbeats: [{ tenant: 'acme' }] }])
  })

  it('is 409 for a tenant of which something is not acknowledged', async () => {
    gateway.writer.away(true)
    await gateway.post('hr', event(hrChange(1n)))
    expect(await sendHeartbeat(members(['acme']))).toMatchObject({
      status: 409,
      body: { items: [{ tenant: 'acme', code: 'event.unacknowledged' }] },
    })
  })

  it.each([
    ['with a tenant twice', members(['acme', 'acme']), {}, '/tenants/1/tenant'],
    ['beside one tenant', members(['acme']), { tenant: 'acme' }, '/tenant'],
    ['of no tenant', [], {}, '/tenants'],
    [
      'with a sequence of a source that has none',
      [{ tenant: 'acme', sequence: '1' }],
      {},
      '/tenants/0/sequence',
    ],
    ['with more than it may name', members([...NAMES, 'one-more']), {}, '/tenants'],
  ])('is refused as a whole %s, which writes nothing', async (_, tenants, more, pointer) => {
    expect(await sendHeartbeat(tenants, more)).toMatchObject({
      status: 422,
      body: { code: 'event.malformed', errors: [{ pointer }] },
    })
    expect(gateway.produced()).toBe(0)
  })

  it('is refused without a proof of its source, which writes nothing', async () => {
    const answer = await gateway.post(
      'hr',
      { through, tenants: members(['acme']) },
      { ...sent, token: 'x' },
    )
    expect(answer.status).toBe(401)
    expect(gateway.produced()).toBe(0)
  })
})

describe('a gateway whose clock is ahead of the broker', () => {
  it.each([
    ['one tenant', { tenant: 'acme' }],
    ['many tenants', { tenants: [{ tenant: 'acme' }] }],
  ])('refuses a heartbeat for %s that no reconciler counts', async (_, tenants) => {
    gateway = await gatewayWorld({ brokerBehindMs: 300_000 })
    const ahead = new Date(gateway.clock.nowMs()).toISOString()
    expect(await gateway.post('hr', { through: ahead, ...tenants }, sent)).toMatchObject({
      status: 422,
      body: { code: 'event.malformed', errors: [{ pointer: '/through' }] },
    })
    const past = new Date(gateway.clock.nowMs() - 300_000).toISOString()
    expect((await gateway.post('hr', { through: past, ...tenants }, sent)).status).toBe(202)
  })

  it('control: answers 202 where both clocks are right', async () => {
    const now = new Date(gateway.clock.nowMs()).toISOString()
    expect((await gateway.post('hr', { through: now, tenant: 'acme' }, sent)).status).toBe(202)
  })
})
