import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  batchBytes,
  decodedByLibrary,
  type LibraryMessage,
} from '../../../../test/setup/kafka-batches.ts'
import { DECOMPRESSED_BYTES_MAX } from './batch-codec.ts'
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

/** Returns a batch of one record at offset 3, with these compressed bytes in place of its records. */
async function compressedBy(codec: number, held: Buffer): Promise<Buffer> {
  const head = (await small(3n, 1)).subarray(0, 61)
  head.writeInt32BE(head.length + held.length - 12, 8)
  head.writeInt16BE(head.readInt16BE(21) | codec, 21)
  return Buffer.concat([head, held])
}

/** The last value of a repeated header counts. */
function asRecord({ offset, timestamp, key, value, headers }: LibraryMessage): object {
  const last = Object.entries(headers).map(([header, content]) => [
    header,
    Array.isArray(content) ? content.at(-1) : content,
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

  it('of another format or that lie about a length are errors, not records', async () => {
    const old = await small(0n, 1)
    old[16] = 1
    await expect(decode(old)).rejects.toThrow('unknown format')
    const long = await small(0n, 1)
    long.writeInt32BE(9, 57)
    await expect(decode(long)).rejects.toThrow(RangeError)
  })
})

describe('compressed batches', () => {
  it.each([
    [2, 'is compressed by snappy, which is not read here'],
    [3, 'is compressed by lz4, which is not read here'],
    [7, 'is compressed by the unknown codec 7, which is not read here'],
  ])(
    'of codec %i are refused by an error that names place, codec and setting',
    async (codec, why) => {
      const refused = await compressedBy(codec, Buffer.alloc(9))
      await expect(decode(refused)).rejects.toMatchObject({
        code: 'topic.compressed',
        partition: 2,
        message: `The batch at offset 3 of t/2 ${why}. Set compression.type=uncompressed on t.`,
      })
    },
  )

  it('that are broken, or too large when they are decompressed, are refused alike', async () => {
    const broken = await compressedBy(1, Buffer.alloc(9))
    await expect(decode(broken)).rejects.toThrow('does not decompress by gzip')
    const fits = Buffer.alloc(DECOMPRESSED_BYTES_MAX)
    expect((await decode(await compressedBy(1, gzipSync(fits)))).next).toBe(4n)
    const bomb = Buffer.alloc(DECOMPRESSED_BYTES_MAX + 1)
    await expect(decode(await compressedBy(1, gzipSync(bomb)))).rejects.toMatchObject({
      code: 'topic.compressed',
      message: expect.stringContaining('has more than 16777216 bytes when gzip is decompressed'),
    })
  })

  it('are refused only after what stands before them', async () => {
    const refused = await compressedBy(3, Buffer.alloc(9))
    const all = Buffer.concat([await small(0n, 3), refused, await small(4n, 1)])
    const { records, next } = await decode(all)
    expect([records.length, next]).toEqual([3, 3n])
    await expect(decode(all, 3n)).rejects.toMatchObject({ code: 'topic.compressed' })
  })

  it('before the offset asked for are passed', async () => {
    const all = Buffer.concat([await compressedBy(3, Buffer.alloc(9)), await small(4n, 1)])
    expect((await decode(all, 4n)).next).toBe(5n)
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
