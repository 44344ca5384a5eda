import type { Change, ChangeOrigin } from '@freshet/domain'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accountOp,
  hash,
  natural,
  partition,
  subject,
  timeMs,
  value,
  word,
} from '../../../test/setup/wire-arbitraries.ts'
import { readIncoming, type Authenticity } from './authenticate.ts'
import { formatChangeEvent, parseChangeEvent } from './change-event.ts'
import { changePartitions, encodeChange, encodeHeartbeat } from './change-record.ts'
import { stampRecord } from './stamp.ts'
import { parseJson } from './strict-json.ts'

const macKey = Buffer.alloc(32, 7)
const keys: Authenticity = { macKeys: [macKey], sourceKeys: () => [] }

const origin = fc.record(
  {
    tenant: word,
    source: word,
    id: word,
    occurredAtMs: timeMs,
    sourceVersion: fc.record({ epoch: natural, n: natural }),
    sequence: natural,
    onBehalfOf: word,
  },
  { requiredKeys: ['tenant', 'source', 'id', 'occurredAtMs', 'sourceVersion'] },
)

const statement = fc.oneof(
  fc.record({
    kind: fc.constant('claim'),
    subject,
    claim: word,
    op: fc.constantFrom('set', 'add', 'remove'),
    values: fc.array(value, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('claim'),
    subject,
    claim: word,
    op: fc.constant('set'),
    values: fc.array(value, { maxLength: 4 }),
    settles: fc.array(fc.record({ e: natural, partition, offset: natural }), { maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('claim'),
    subject,
    claim: word,
    op: fc.constant('clear'),
    values: fc.constant([]),
  }),
  fc.record({ kind: fc.constant('account'), subject, op: accountOp }),
  fc.record({ kind: fc.constant('value-withdrawn'), claim: word, value }),
  fc.record({ kind: fc.constant('cut-off'), scope: fc.constant('client'), target: word }),
  fc.record({ kind: fc.constant('cut-off'), scope: fc.constant('tenant') }),
  fc.record({
    kind: fc.constant('deny'),
    scope: fc.constantFrom('key', 'issuer', 'session', 'token'),
    target: word,
  }),
  fc.record({ kind: fc.constantFrom('snapshot-begin', 'snapshot-end') }),
  fc.record({ kind: fc.constant('activate'), pv: fc.nat(), hash, minimum: fc.nat() }),
)

const change: fc.Arbitrary<Change> = fc
  .tuple(origin, statement)
  .map(([said, stated]) => withTenant({ ...said, ...stated }) as unknown as Change)

function withTenant(
  made: ChangeOrigin & { subject?: object; scope?: string; target?: string },
): object {
  const { tenant } = made
  if (made.subject) return { ...made, subject: { tenant, ...made.subject } }
  return made.scope === 'tenant' ? { ...made, target: tenant } : made
}

describe('reading what was written gives the same', () => {
  it('for changes as CloudEvents JSON, also through the strict parser', () => {
    fc.assert(
      fc.property(change, (made) => {
        const text = Buffer.from(JSON.stringify(formatChangeEvent(made)))
        expect(parseChangeEvent(parseJson(text))).toEqual({ change: made })
      }),
    )
  })

  it('for changes as stamped records, in each of their partitions', async () => {
    await fc.assert(
      fc.asyncProperty(change, natural, async (made, n) => {
        for (const to of changePartitions(made)) {
          const stamp = { partition: to, number: n + 1n }
          if (stamp.number >= 10n ** 18n) return
          const record = stampRecord(encodeChange(made), stamp, macKey)
          const incoming = await readIncoming({ ...record, partition: to }, keys)
          expect(incoming).toMatchObject({ kind: 'change', change: made, stamp })
        }
      }),
    )
  })

  it('for heartbeats of sources', async () => {
    const made = fc.record({ tenant: word, source: word, throughMs: timeMs, last: natural })
    await fc.assert(
      fc.asyncProperty(made, partition, async (said, to) => {
        const heartbeatOfSource = { kind: 'heartbeat' as const, ...said }
        const stamp = { partition: to, number: 0n }
        const record = stampRecord(encodeHeartbeat(heartbeatOfSource), stamp, macKey)
        const incoming = await readIncoming({ ...record, partition: to }, keys)
        expect(incoming).toEqual({ kind: 'heartbeat', heartbeat: heartbeatOfSource })
      }),
    )
  })
})
