import { FreshetError, type Checkpoint, type Revocation } from '@freshet/protocol'
import {
  encodeCheckpoint,
  encodeRevocation,
  generateKey,
  importSigningKey,
  REVOCATIONS_TOPIC,
  type LogReader,
} from '@freshet/wire'
import { memoryLog, type MemoryLog } from '@freshet/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  describeRecord,
  recordJson,
  type TailedRecord,
} from '../../output/tokens/revocation-text.ts'
import { tail, type TailCounts } from './tail-revocations.ts'

const AT_MS = 1_795_514_400_000
const HASH = 'A'.repeat(43)
const origin = {
  id: '1-0-7',
  change: 'hr-1',
  tenant: 'acme',
  e: 1n,
  partition: 0,
  occurredAtMs: AT_MS,
  issuedAtMs: AT_MS,
}
const subject = { tenant: 'acme', iss: 'https://idp.acme.example', sub: 'alice' }
const ofGroups: Revocation = {
  ...origin,
  scope: 'subject',
  subject,
  claims: new Map([['groups', { offset: 8n, values: null }]]),
}

let log: MemoryLog
beforeEach(() => {
  log = memoryLog(() => AT_MS)
  log.createTopic(REVOCATIONS_TOPIC, 1)
})

async function publish(...revocations: readonly Revocation[]): Promise<void> {
  const issuer = 'https://tokens.example'
  const records = revocations.map((revocation) => encodeRevocation(revocation, { issuer }))
  await log.append(REVOCATIONS_TOPIC, 0, records)
}

async function tailed(
  options: {
    readonly fromBeginning: boolean
    readonly limit: number | undefined
    readonly checkpoints?: boolean
  },
  signal: AbortSignal = new AbortController().signal,
): Promise<{ counts: TailCounts; records: TailedRecord[] }> {
  const records: TailedRecord[] = []
  const onRecord = (record: TailedRecord): void => void records.push(record)
  const how = { checkpoints: false, ...options, onRecord }
  return { counts: await tail(log, how, signal), records }
}

describe('tailing revocations', () => {
  it('ends from the beginning after the requested number', async () => {
    await publish(ofGroups, ofGroups, ofGroups)
    const { counts, records } = await tailed({ fromBeginning: true, limit: 2 })
    expect(counts).toEqual({ revocation: 2, map: 0, checkpoint: 0, unreadable: 0 })
    expect(records).toHaveLength(2)
  })

  it('otherwise begins with what is published from now on', async () => {
    await publish({ ...ofGroups, change: 'before' })
    const waiting = tailed({ fromBeginning: false, limit: 1 })
    // The position is taken before the first record can be awaited.
    await new Promise((resolve) => setImmediate(resolve))
    await publish({ ...ofGroups, change: 'after' })
    const [record] = (await waiting).records
    expect(record && describeRecord(record)).toContain('by change after')
  })

  it('ends with the signal', async () => {
    const { counts } = await tailed({ fromBeginning: true, limit: undefined }, AbortSignal.abort())
    expect(counts.revocation).toBe(0)
  })

  it('ends with trouble that a person has to end, and waits out any other', async () => {
    const denied = new FreshetError('broker.denied', 'Follow: denied.')
    const reader: LogReader = {
      bounds: (...args) => log.bounds(...args),
      read: (...args) => log.read(...args),
      follow: async (_topic, _from, follower, until) => {
        follower.onTrouble?.(new FreshetError('broker.unavailable', 'away'))
        expect(until.aborted).toBe(false)
        follower.onTrouble?.(denied)
        expect(until.aborted).toBe(true)
      },
    }
    const how = { fromBeginning: true, limit: 1, checkpoints: false, onRecord: () => {} }
    await expect(tail(reader, how, new AbortController().signal)).rejects.toBe(denied)
  })

  it('passes over nothing: a record that is none is printed as such', async () => {
    await log.append(REVOCATIONS_TOPIC, 0, [{ key: null, value: Buffer.from('?'), headers: {} }])
    await publish(ofGroups)
    const { counts, records } = await tailed({ fromBeginning: true, limit: 1 })
    expect(counts.unreadable).toBe(1)
    expect(records.map(describeRecord)).toEqual([
      '2026-11-24T10:00:00.000Z 0/0 unreadable record',
      '2026-11-24T10:00:00.000Z 0/1 alice of acme: groups below 8 by change hr-1',
    ])
  })
})

describe('checkpoints', () => {
  const batch: Checkpoint = {
    e: 1n,
    partition: 0,
    generation: 3n,
    previous: null,
    nonce: HASH,
    count: 2,
    recordsHash: HASH,
  }
  const source = (atMs: number | null) => ({ atMs, state: 'complete' }) as const
  const heartbeat: Checkpoint['heartbeat'] = {
    through: new Map([['acme', new Map(Object.entries({ hr: source(AT_MS), iga: source(null) }))]]),
    groups: [{ list: HASH, sources: new Map([['hr', AT_MS]]) }],
    minimumPv: 1,
    mapVersion: 1,
    mapHash: HASH,
    next: { offset: 9n, lastRecordHash: null },
    base: { hash: HASH, offset: 0n },
  }

  beforeEach(async () => {
    const { privateJwk } = await generateKey('EdDSA', 'k1')
    const key = importSigningKey(privateJwk)
    const encoded = await Promise.all([
      encodeCheckpoint(batch, key),
      encodeCheckpoint({ ...batch, previous: HASH, count: 0, heartbeat }, key),
    ])
    await log.append(
      REVOCATIONS_TOPIC,
      0,
      encoded.map(({ record }) => record),
    )
    await publish(ofGroups)
  })

  it('are counted, and printed only on request', async () => {
    const { counts, records } = await tailed({ fromBeginning: true, limit: 1 })
    expect(counts.checkpoint).toBe(2)
    expect(records.map(({ kind }) => kind)).toEqual(['revocation'])
  })

  it('print their content, and how far the sources were received', async () => {
    const { records } = await tailed({ fromBeginning: true, limit: 1, checkpoints: true })
    const place = '2026-11-24T10:00:00.000Z 0'
    expect(records.slice(0, 2).map(describeRecord)).toEqual([
      `${place}/0 root checkpoint over 2 records, generation 3`,
      `${place}/1 checkpoint over 0 records, generation 3, heartbeat: ` +
        'acme/hr 2026-11-24T10:00:00.000Z, acme/iga never, ' +
        `tenants of list ${HASH}/hr 2026-11-24T10:00:00.000Z`,
    ])
  })
})

describe('a revocation', () => {
  it.each<[string, Revocation]>([
    [
      'alice of acme: account disabled, everything below 9',
      { ...origin, scope: 'account', subject, op: 'disabled', offset: 9n },
    ],
    [
      'acme: a value of groups below 9',
      { ...origin, scope: 'value', claim: 'groups', value: 'a', offset: 9n },
    ],
    ['client web: everything below 9', { ...origin, scope: 'client', target: 'web', offset: 9n }],
    ['session s1: denied', { ...origin, scope: 'denial', denial: 'session', target: 's1' }],
  ])('reads in one line: %s', async (text, revocation) => {
    await publish(revocation)
    const { records } = await tailed({ fromBeginning: true, limit: 1 })
    expect(records.map(describeRecord)).toEqual([
      `2026-11-24T10:00:00.000Z 0/0 ${text} by change hr-1`,
    ])
  })

  it('as data is the SET as it stands in the topic, and its place', async () => {
    await publish(ofGroups)
    const { records } = await tailed({ fromBeginning: true, limit: 1 })
    expect(records.map(recordJson)).toMatchObject([
      {
        kind: 'revocation',
        partition: 0,
        offset: '0',
        record: { jti: '1-0-7', txn: 'hr-1', freshet: { claims: { groups: '8' } } },
      },
    ])
  })
})
