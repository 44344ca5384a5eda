import { FreshetError } from '@freshet/protocol'
import type { LogRecord } from '@freshet/wire'
import { expect, it } from 'vitest'
import { writtenRecord } from './written-record.ts'

const place = { topic: 'topic', partition: 0 }

/** A log that holds the given offsets and shows those before `shown`. Kafka refuses only offsets beyond its end. */
function log({ held, shown, earliest = 0 }: { held: number; shown: number; earliest?: number }) {
  return {
    read: async (topic: string, partition: number, from: bigint): Promise<LogRecord[]> => {
      if (from < earliest || from > held) throw new FreshetError('broker.offset-lost', 'Planned.')
      const record = { topic, partition, offset: from, key: null, value: null, headers: {} }
      return from < shown ? [{ ...record, appendedAtMs: 0 }] : []
    },
  }
}

it('returns the record that stands there', async () => {
  const found = await writtenRecord(log({ held: 3, shown: 3 }), { ...place, offset: 2n })
  expect(found).toMatchObject({ offset: 2n })
})

it.each([
  ['the log ends at it', log({ held: 2, shown: 2 })],
  ['the log ends before it', log({ held: 1, shown: 1 })],
  ['retention removed it', log({ held: 9, shown: 9, earliest: 3 })],
  ['the log ends at it, and shows less', log({ held: 2, shown: 1 })],
])('returns nothing where %s', async (_, reader) => {
  expect(await writtenRecord(reader, { ...place, offset: 2n })).toBeUndefined()
})

it('returns nothing where the next record is another one', async () => {
  const next = async (): Promise<LogRecord[]> => [
    { ...place, offset: 4n, key: null, value: null, headers: {}, appendedAtMs: 0 },
  ]
  expect(await writtenRecord({ read: next }, { ...place, offset: 2n })).toBeUndefined()
})

it.each([
  ['the log holds it and shows less', log({ held: 3, shown: 2 })],
  ['the log holds more and shows less', log({ held: 9, shown: 1 })],
])('knows nothing where %s', async (_, reader) => {
  const record = writtenRecord(reader, { ...place, offset: 2n })
  await expect(record).rejects.toMatchObject({ code: 'broker.unavailable' })
})
