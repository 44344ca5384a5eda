import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  batchBytes,
  decodedByLibrary,
  type LibraryMessage,
} from '../../../test/setup/kafka-batches.ts'
import { ByteReader } from './byte-reader.ts'
import { decodeBatches, type DecodedBatches } from './record-batches.ts'

const bytes = fc.uint8Array({ maxLength: 200 }).map((made) => Buffer.from(made))
const name = fc.oneof(
  fc.constantFrom('ce_id', 'ce_type', 'a'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
)
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc
    .array(fc.tuple(name, fc.oneof(bytes, fc.array(bytes, { minLength: 1, maxLength: 3 }))), {
      maxLength: 40,
    })
    .map((entries) => Object.fromEntries(entries)),
  timestampDelta: fc.integer({ min: 0, max: 2 ** 40 }),
})
const batch = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 5 }),
  firstMs: fc.integer({ min: 0, max: 2 ** 42 }),
  leaderEpoch: fc.nat(),
  gzip: fc.boolean(),
  isLogAppendTime: fc.boolean(),
})

const decode = (encoded: Buffer, from = 0n): Promise<DecodedBatches> =>
  decodeBatches(encoded, { topic: 't', partition: 2, from })

const small = (baseOffset: bigint, count: number, plan: object = {}): Promise<Buffer> => {
  const one = { key: null, value: Buffer.from('v'), headers: {} }
  return batchBytes({ baseOffset, records: Array.from({ length: count }, () => one), ...plan })
}

/** Of a repeated header the last value counts. */
function asRecord({ offset, timestamp, key, value, headers }: LibraryMessage): object {
  const last = Object.entries(headers).map(([header, said]) => [
    header,
    Array.isArray(said) ? said.at(-1) : said,
  ])
  const at = { offset: BigInt(offset), appendedAtMs: Number(timestamp) }
  return {
    topic: 't',
    partition: 2,
    ...at,
    key,
    value,
    headers: Object.fromEntries(last) as object,
  }
}

describe('record batches', () => {
  it('are read as the client library reads them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), async (plans) => {
        let end = 7n
        const encoded: Buffer[] = []
        for (const plan of plans) {
          const lastMs = plan.firstMs + 1_000
          encoded.push(await batchBytes({ ...plan, lastMs, baseOffset: end }))
          end += BigInt(plan.records.length)
        }
        const all = Buffer.concat(encoded)
        const { records, next, leaderEpoch } = await decode(all)
        expect(records).toEqual((await decodedByLibrary(all)).map(asRecord))
        expect([next, leaderEpoch]).toEqual([end, plans.at(-1)?.leaderEpoch])
      }),
    )
  })

  it('that the byte budget cut off are left out, wherever it cuts', async () => {
    const whole = await small(0n, 3)
    const cut = await small(3n, 3)
    const all = Buffer.concat([whole, cut])
    for (let length = whole.length; length < all.length; length += 1) {
      const { records, next } = await decode(all.subarray(0, length))
      expect([records.length, next]).toEqual([3, 3n])
    }
  })

  it('give only what was asked for, and pass what transactions wrote of themselves', async () => {
    const all = Buffer.concat([
      await small(0n, 5),
      await small(5n, 1, { isControl: true }),
      await small(6n, 2),
    ])
    const { records, next } = await decode(all, 3n)
    expect(records.map(({ offset }) => offset)).toEqual([3n, 4n, 6n, 7n])
    expect(next).toBe(8n)
  })

  it('of another format, of an unknown codec or that lie about a length are errors, not records', async () => {
    const old = await small(0n, 1)
    old[16] = 1
    await expect(decode(old)).rejects.toThrow('unknown format')
    const zstd = await small(0n, 1)
    zstd[22] = 4
    await expect(decode(zstd)).rejects.toThrow('ZSTD')
    const long = await small(0n, 1)
    long.writeInt32BE(9, 57)
    await expect(decode(long)).rejects.toThrow(RangeError)
  })
})

describe('numbers of the protocol', () => {
  it.each([
    [[0x00], 0],
    [[0x01], -1],
    [[0xfe, 0xff, 0xff, 0xff, 0x0f], 2 ** 31 - 1],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], -(2 ** 31)],
  ])('%j are %i', (encoded, value) => {
    expect(new ByteReader(Buffer.from(encoded)).varint()).toBe(value)
    expect(new ByteReader(Buffer.from(encoded)).varlong()).toBe(value)
  })

  it('have an end', () => {
    expect(() => new ByteReader(Buffer.from([0x80])).varint()).toThrow(RangeError)
    expect(() => new ByteReader(Buffer.alloc(20, 0x80)).varint()).toThrow(RangeError)
    expect(() => new ByteReader(Buffer.alloc(20, 0x80)).varlong()).toThrow(RangeError)
    expect(() => new ByteReader(Buffer.alloc(3)).int32()).toThrow(RangeError)
  })
})
