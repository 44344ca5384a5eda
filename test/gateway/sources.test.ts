import { partitionOf, PARTITIONS, SILENT_FEED, type FeedState } from '@freshet/protocol'
import { formatChangeEvent as event } from '@freshet/wire'
import { QUESTIONS_PER_SECOND } from '@freshet/intake'
import { hrChange, igaChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayWorld } from './gateway-world.ts'

const ALICE = partitionOf(igaChange(1n).subject)

let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld()
})

async function get(source: string, token: string, query = '?tenant=acme') {
  const headers = { authorization: `Bearer ${token}` }
  const response = await gateway.app.request(`/v1/sources/${source}${query}`, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const own = (source: string, query?: string) => get(source, gateway.assertion(source), query)

/** Plants the reconciler's state of a feed in every partition, and another state in one of them. */
function plantFeed(
  source: string,
  feed: Partial<FeedState>,
  special: Partial<FeedState> = {},
): void {
  for (const partition of PARTITIONS) {
    const state = { ...SILENT_FEED, ...feed, ...(partition === ALICE && special) }
    const row = { tenant: 'acme', source, partition, feed: state }
    gateway.database.feeds.set(JSON.stringify(['acme', source, partition]), row)
  }
}

describe('GET /v1/sources/{source}', () => {
  it('returns to a source its next sequence and its newest event', async () => {
    await gateway.post('iga', event(igaChange(1n)))
    expect(await own('iga')).toMatchObject({
      status: 200,
      body: {
        source: 'iga',
        tenant: 'acme',
        next: '2',
        holes: [],
        unacknowledged: 0,
        lastAccepted: { id: 'iga-1' },
      },
    })
    expect(await own('iga', '')).toMatchObject({ body: { feeds: [{ tenant: 'acme', next: '2' }] } })
  })

  it('names no sequence to a source whose events the gateway numbers', async () => {
    const { body } = await own('hr')
    expect(body).not.toHaveProperty('next')
    expect(body).not.toHaveProperty('holes')
  })

  it('returns the numbers alone if nothing else is requested', async () => {
    await gateway.post('iga', event(igaChange(1n)))
    const only = (source: string) => own(source, '?tenant=acme&only=sequence')
    const numbers = { next: '2', above: '2', holes: [] }
    expect((await only('iga')).body).toEqual({ source: 'iga', tenant: 'acme', ...numbers })
    expect((await only('hr')).body).toEqual({ source: 'hr', tenant: 'acme' })
    expect(await get('iga', gateway.assertion('hr'), '?tenant=acme&only=sequence')).toMatchObject({
      status: 403,
    })
    expect(await own('iga', '?tenant=other&only=sequence')).toMatchObject({ status: 403 })
    for (const query of ['?only=sequence', '?tenant=acme&only=all'])
      expect(await own('iga', query)).toMatchObject({ status: 400 })
  })

  it('names the numbers that are missing at the gateway', async () => {
    await gateway.post('iga', event(igaChange(1n)))
    const [row] = gateway.database.stamps.values()
    if (row === undefined) throw new Error('no stamp')
    gateway.database.stamps.set('learned', { ...row, id: 'learned', number: 9n, sequence: 5n })
    expect(await own('iga')).toMatchObject({ body: { next: '2', holes: [{ from: '2', to: '4' }] } })
  })

  it('names by how much a heartbeat that did not count was ahead of the broker', async () => {
    plantFeed('iga', { throughMs: null }, { throughMs: null, aheadMs: 300_000 })
    const { body } = await own('iga')
    const { partitions } = body as { partitions: readonly { aheadMs?: number }[] }
    expect(partitions.flatMap(({ aheadMs }) => aheadMs ?? [])).toEqual([300_000])
  })

  it('names per partition what the reconciler waits for, and `through` of the source', async () => {
    const throughMs = gateway.clock.nowMs() - 1_000
    plantFeed('iga', { throughMs }, { complete: 4n, beyond: [7n, 8n], throughMs: throughMs - 500 })
    const { body } = await own('iga')
    expect(body).toMatchObject({
      through: new Date(throughMs - 500).toISOString(),
      lease: { ms: 30_000, current: true },
    })
    const partitions = body['partitions'] as readonly unknown[]
    expect(partitions).toHaveLength(PARTITIONS.length)
    expect(partitions[ALICE]).toEqual({
      partition: ALICE,
      condition: 'hole',
      complete: '4',
      waitsFor: { from: '5', to: '6' },
      through: new Date(throughMs - 500).toISOString(),
    })
    expect(partitions[0]).toMatchObject({ condition: 'complete', waitsFor: null })
  })

  it('returns whether its lease is current, by the partition with the earliest heartbeat', async () => {
    expect(await own('hr')).toMatchObject({ body: { through: null, lease: { current: false } } })
    plantFeed('hr', { throughMs: gateway.clock.nowMs() })
    expect(await own('hr')).toMatchObject({ body: { lease: { ms: 5_000, current: true } } })
    await gateway.clock.advance(5_001)
    expect(await own('hr')).toMatchObject({ body: { lease: { current: false } } })
    plantFeed('hr', { throughMs: gateway.clock.nowMs() }, { throughMs: null })
    expect(await own('hr')).toMatchObject({ body: { through: null, lease: { current: false } } })
  })

  it('shows its own latency and what of it was refused, without a value', async () => {
    const log = { tenant: 'acme', source: 'hr', kind: 'claim', occurredAtMs: 0 }
    for (const ms of [10, 20, 300]) {
      gateway.database.changeLog.set(String(ms), { ...log, appendedAtMs: ms } as never)
    }
    const latest = Array.from({ length: 25 }, (_, n) => ({
      id: `hr-${n}`,
      code: 'event.forbidden' as const,
      rule: 'claim x is not yours',
      partition: 3,
      offset: BigInt(n),
      atMs: 1_000 - n,
    }))
    gateway.database.feedRefusals.set('', {
      tenant: 'acme',
      source: 'hr',
      partition: 3,
      count: 40,
      latest,
    })
    const { body } = await own('hr')
    expect(body).toMatchObject({
      latency: { samples: 3, p50Ms: 20, p99Ms: 300, aheadOfClock: 0 },
      quarantine: { count: 40 },
    })
    const quarantine = body['quarantine'] as { latest: readonly unknown[] }
    expect(quarantine.latest).toHaveLength(20)
    expect(quarantine.latest[0]).toEqual({
      id: 'hr-0',
      code: 'event.forbidden',
      rule: 'claim x is not yours',
      partition: 3,
      offset: '0',
      at: new Date(1_000).toISOString(),
    })
  })

  it('answers the source itself and admins, and no other caller', async () => {
    await gateway.post('hr', event(hrChange(1n)))
    expect(await get('hr', 'viewer')).toMatchObject({ body: { lastAccepted: { id: 'hr-1' } } })
    expect(await get('iga', gateway.assertion('hr'))).toMatchObject({ status: 403 })
    expect(await get('hr', 'stranger')).toMatchObject({ status: 401 })
    expect(await get('mallory', 'viewer')).toMatchObject({ status: 403 })
    expect(await own('hr', '?tenant=umbrella')).toMatchObject({ status: 403 })
  })

  it('is limited for a source, by a budget that nothing else takes', async () => {
    const answers = []
    for (let n = 0; n <= 2 * QUESTIONS_PER_SECOND; n += 1) answers.push(await own('hr'))
    expect(answers.at(-1)).toMatchObject({ status: 429, body: { code: 'limit.reached' } })
    expect(await gateway.post('hr', event(hrChange(1n)))).toMatchObject({ status: 202 })
  })
})
