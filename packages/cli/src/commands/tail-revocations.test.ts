import type { Revocation } from '@freshet/domain'
import { encodeRevocation, REVOCATIONS_TOPIC } from '@freshet/events'
import { memoryLog, type MemoryLog } from '@freshet/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { describeRecord, recordJson, type TailedRecord } from '../output/revocation-text.ts'
import { tail, type TailCounts } from './tail-revocations.ts'

const AT_MS = 1_795_514_400_000
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
  options: { readonly fromBeginning: boolean; readonly limit: number | undefined },
  signal: AbortSignal = new AbortController().signal,
): Promise<{ counts: TailCounts; records: TailedRecord[] }> {
  const records: TailedRecord[] = []
  const onRecord = (record: TailedRecord): void => void records.push(record)
  return { counts: await tail(log, { ...options, onRecord }, signal), records }
}

describe('tailing revocations', () => {
  it('from the beginning ends after as many as asked for', async () => {
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

  it('passes over nothing: a record that is none is told as such', async () => {
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
