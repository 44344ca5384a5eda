import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchBytes, produceBytes } from '../../../../test/setup/kafka-batches.ts'
import { PRODUCE_TIMEOUT_MS } from '../client/settings.ts'
import { encodeBatch } from './encode-batch.ts'
import { encodeProduce } from './produce.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((made) => Buffer.from(made))
const name = fc.oneof(
  fc.constantFrom('ce_id', 'ce_type', '__proto__', '0'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
)
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc
    .array(fc.tuple(name, bytes), { maxLength: 20 })
    .map((entries) => Object.fromEntries(entries) as Record<string, Buffer>),
})
const records = fc.array(record, { minLength: 1, maxLength: 70 })

describe('a batch', () => {
  it('is encoded byte for byte as the client library does it', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (made) => {
        const plan = { baseOffset: 0n, records: made, firstMs: -1, lastMs: -1 }
        expect(encodeBatch(made)).toEqual(await batchBytes(plan))
      }),
    )
  })

  it('takes lengths of every size', async () => {
    const sizes = [0, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576]
    const made = sizes.map((size) => ({ key: null, value: Buffer.alloc(size, 1), headers: {} }))
    const plan = { baseOffset: 0n, records: made, firstMs: -1, lastMs: -1 }
    expect(encodeBatch(made).equals(await batchBytes(plan))).toBe(true)
  })
})

describe('a produce request', () => {
  it('is encoded byte for byte as the client library does it', async () => {
    const partitions = fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 3 })
    const topics = fc.uniqueArray(fc.constantFrom('a', 'freshet.revocations.v1', 'ö'), {
      minLength: 1,
    })
    await fc.assert(
      fc.asyncProperty(topics, partitions, records, async (named, numbered, made) => {
        const appends = named.flatMap((topic) =>
          numbered.map((partition) => ({ topic, partition, records: made })),
        )
        const expected = await produceBytes(appends, PRODUCE_TIMEOUT_MS)
        expect(encodeProduce(appends)).toEqual(expected)
      }),
    )
  })
})
