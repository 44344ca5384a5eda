import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { natural, partition, timeMs, word } from '../../../../test/setup/wire-arbitraries.ts'
import { readIncoming } from '../authentication/authenticate.ts'
import type { Incoming } from '../authentication/incoming.ts'
import { encodeHeartbeat } from './change-record.ts'
import { EventError } from './event-error.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import { encodeHeartbeats, isHeartbeatRecord, parseHeartbeats } from './heartbeats.ts'
import { HEARTBEAT_TENANTS_MAX, HEARTBEATS_BYTES_MAX } from './heartbeats-schema.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { stampRecord } from '../authentication/stamp.ts'
import { JSON_BYTES_MAX, parseJson } from '../json/strict-json.ts'

const macKey = Buffer.alloc(32, 7)
const keys = { macKeys: [macKey], sourceKeys: () => [] }
const through = '2026-11-24T10:00:01.000Z'
const throughMs = Date.parse(through)
/** The size that brokers accept by default, with room for headers and framing. */
const MESSAGE_MAX = 1_000_000

function read(record: OutgoingRecord, to = 1): Promise<Incoming> {
  const stamped = stampRecord(record, { partition: to, number: 0n }, macKey)
  return readIncoming({ ...stamped, partition: to }, keys)
}

const two = (): OutgoingRecord => {
  const last = new Map([
    ['acme', 42n],
    ['globex', 0n],
  ])
  return encodeHeartbeats({ source: 'hr', throughMs, last })
}
const withData = (data: object): OutgoingRecord => ({
  ...two(),
  value: Buffer.from(JSON.stringify(data)),
})

describe('one heartbeat of a source for many tenants, as a record', () => {
  it('is read as one heartbeat for each of them', async () => {
    const members = fc.uniqueArray(fc.tuple(word, natural), { minLength: 1, selector: ([t]) => t })
    const stated = fc.record({ source: word, throughMs: timeMs, members })
    await fc.assert(
      fc.asyncProperty(stated, partition, async ({ members: last, ...rest }, to) => {
        const incoming = await read(encodeHeartbeats({ ...rest, last: new Map(last) }), to)
        const heartbeats = last.map(([tenant, number]) => {
          return { kind: 'heartbeat', tenant, ...rest, last: number }
        })
        expect(incoming).toEqual({ kind: 'heartbeats', heartbeats })
      }),
    )
  })

  it('is a type of its own, which a reader of one heartbeat does not take for one', async () => {
    const one = encodeHeartbeat({
      kind: 'heartbeat',
      tenant: 'a',
      source: 'hr',
      throughMs,
      last: 1n,
    })
    expect(isHeartbeatRecord(one)).toBe(true)
    expect(isHeartbeatRecord(two())).toBe(true)
    const headers = { ...two().headers, ce_type: Buffer.from(EVENT_TYPES.heartbeat) }
    expect(await read({ ...two(), headers })).toMatchObject({ kind: 'unreadable' })
  })

  it('is unauthentic in another partition than its own', async () => {
    const stamped = stampRecord(two(), { partition: 2, number: 0n }, macKey)
    expect(await readIncoming({ ...stamped, partition: 3 }, keys)).toMatchObject({
      kind: 'unauthentic',
    })
  })

  it.each([
    [
      'names one tenant in its attributes',
      { headers: { ...two().headers, ce_freshettenant: Buffer.from('acme') } },
    ],
    [
      'has fewer numbers than tenants',
      withData({ through, tenants: ['acme', 'globex'], last: ['1'] }),
    ],
    ['has no tenant', withData({ through, tenants: [], last: [] })],
    ['has too many', withData(listOf(HEARTBEAT_TENANTS_MAX + 1, 'a'))],
    ['names a member that must be known', withData({ ...listOf(1, 'a'), critical: ['leap'] })],
  ])('is unreadable where it %s', async (_, change) => {
    expect(await read({ ...two(), ...change })).toMatchObject({ kind: 'unreadable', source: 'hr' })
  })

  it('the longest body that a gateway takes is within the limits of readers and brokers', async () => {
    // Each character takes three bytes and no tenant has a sequence: then the record adds the most bytes.
    const tenants = Array.from({ length: HEARTBEAT_TENANTS_MAX }, (_, n) => {
      return { tenant: `${n}`.padStart(82, '世') }
    })
    const body = Buffer.from(JSON.stringify({ through, tenants }))
    expect(body.length).toBeGreaterThan(JSON_BYTES_MAX * 0.9)
    expect(body.length).toBeLessThanOrEqual(JSON_BYTES_MAX)
    const parsed = parseHeartbeats(parseJson(body))
    const last = new Map(parsed?.tenants.map(({ tenant }) => [tenant, 10n ** 18n - 1n]))
    const record = encodeHeartbeats({ source: 's'.repeat(64), throughMs, last })
    const size = record.value?.length ?? 0
    expect(size).toBeLessThan(HEARTBEATS_BYTES_MAX)
    expect(size).toBeLessThan(MESSAGE_MAX)
    expect(await read(record)).toMatchObject({ kind: 'heartbeats' })
    expect(HEARTBEATS_BYTES_MAX).toBeLessThan(MESSAGE_MAX)
  })
})

function listOf(count: number, name: string): object {
  const tenants = Array.from({ length: count }, (_, n) => `${name}${n}`)
  return { through, tenants, last: tenants.map(() => '1') }
}

describe('the body of a heartbeat for many tenants', () => {
  const problems = (body: object): unknown => {
    try {
      return parseHeartbeats(body)
    } catch (error) {
      if (error instanceof EventError) return error.errors
      throw error
    }
  }

  it('is none without `tenants`', () => {
    expect(parseHeartbeats({ tenant: 'acme', through })).toBeUndefined()
    expect(parseHeartbeats('tenants')).toBeUndefined()
  })

  it('names each tenant, and its sequence where there is one', () => {
    const tenants = [{ tenant: 'acme', sequence: '42' }, { tenant: 'globex' }]
    expect(parseHeartbeats({ through, tenants })).toEqual({
      throughMs,
      tenants: [{ tenant: 'acme', sequence: 42n }, { tenant: 'globex' }],
    })
  })

  it.each([
    [
      'a tenant twice',
      { tenants: [{ tenant: 'a' }, { tenant: 'b' }, { tenant: 'a' }] },
      '/tenants/2/tenant',
    ],
    ['both forms', { tenants: [{ tenant: 'a' }], tenant: 'a' }, '/tenant'],
    ['a sequence for all', { tenants: [{ tenant: 'a' }], sequence: '1' }, '/sequence'],
    ['no tenant', { tenants: [] }, '/tenants'],
    [
      'a wrong sequence',
      { tenants: [{ tenant: 'a' }, { tenant: 'b', sequence: 1 }] },
      '/tenants/1/sequence',
    ],
    ['no list', { tenants: null }, '/tenants'],
    ['too many', { tenants: listOfMembers(HEARTBEAT_TENANTS_MAX + 1) }, '/tenants'],
  ])('is refused with %s', (_, body, pointer) => {
    expect(problems({ through, ...body })).toEqual([{ pointer, rule: expect.any(String) }])
  })

  it(`holds ${HEARTBEAT_TENANTS_MAX} tenants`, () => {
    const tenants = listOfMembers(HEARTBEAT_TENANTS_MAX)
    expect(parseHeartbeats({ through, tenants })?.tenants).toHaveLength(HEARTBEAT_TENANTS_MAX)
  })
})

function listOfMembers(count: number): readonly { readonly tenant: string }[] {
  return Array.from({ length: count }, (_, n) => ({ tenant: `t${n}` }))
}
