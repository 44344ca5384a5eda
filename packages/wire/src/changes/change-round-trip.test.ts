import { changePartitions } from '@freshet/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  change,
  natural,
  partition,
  timeMs,
  word,
} from '../../../../test/setup/wire-arbitraries.ts'
import { readIncoming } from '../authentication/authenticate.ts'
import type { Authenticity } from '../authentication/authenticity.ts'
import { formatChangeEvent, parseChangeEvent } from './change-event.ts'
import { encodeChange, encodeHeartbeat } from './change-record.ts'
import { stampRecord } from '../authentication/stamp.ts'
import { parseJson } from '../json/strict-json.ts'

const macKey = Buffer.alloc(32, 7)
const keys: Authenticity = { macKeys: [macKey], sourceKeys: () => [] }

describe('reading what was written gives the same', () => {
  it('changes are read as CloudEvents JSON, also through the strict parser', () => {
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

  it('heartbeats of sources are read', async () => {
    const made = fc.record({ tenant: word, source: word, throughMs: timeMs, last: natural })
    await fc.assert(
      fc.asyncProperty(made, partition, async (stated, to) => {
        const heartbeatOfSource = { kind: 'heartbeat' as const, ...stated }
        const stamp = { partition: to, number: 0n }
        const record = stampRecord(encodeHeartbeat(heartbeatOfSource), stamp, macKey)
        const incoming = await readIncoming({ ...record, partition: to }, keys)
        expect(incoming).toEqual({ kind: 'heartbeat', heartbeat: heartbeatOfSource })
      }),
    )
  })
})
