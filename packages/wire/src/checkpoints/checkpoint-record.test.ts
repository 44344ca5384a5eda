import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Checkpoint } from '@freshet/protocol'
import { encodeCheckpoint, readCheckpoint, verifyCheckpoint } from './checkpoint-record.ts'
import { importJwks } from '../keys/jwks.ts'
import { generateKey, importSigningKey, type SigningKey, type VerifyKey } from '../keys/keys.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { joinRecordHashes, recordHash, recordsHash } from './records-hash.ts'

const checkpoint: Checkpoint = {
  e: 1n,
  partition: 3,
  generation: 2n,
  previous: null,
  nonce: 'n',
  count: 0,
  recordsHash: recordsHash([]),
}

let signing: SigningKey
let verifying: VerifyKey
let other: VerifyKey

beforeAll(async () => {
  const [pair, stranger] = await Promise.all([
    generateKey('EdDSA', 'cp-1'),
    generateKey('EdDSA', 'cp-1'),
  ])
  signing = importSigningKey(pair.privateJwk)
  const [first] = importJwks({ keys: [pair.publicJwk] })
  const [second] = importJwks({ keys: [stranger.publicJwk] })
  if (!first || !second) throw new Error('no key')
  verifying = first
  other = second
})

describe('a checkpoint', () => {
  it('verifies under its key only', async () => {
    const { record } = await encodeCheckpoint(checkpoint, signing)
    const read = readCheckpoint(record)
    if (!read) throw new Error('unreadable')
    expect(verifyCheckpoint(read, verifying)).toBe(true)
    expect(verifyCheckpoint(read, other)).toBe(false)
    expect(verifyCheckpoint(read, { ...verifying, kid: 'cp-2' })).toBe(false)
  })

  it('does not verify after any bit of its value or signature flipped (rule 45)', async () => {
    const { record } = await encodeCheckpoint(checkpoint, signing)
    const places = fc.constantFrom('value', 'ce_freshetsig')
    fc.assert(
      fc.property(places, fc.nat(), (place, bit) => {
        const read = readCheckpoint(flipped(record, place, bit))
        expect(read !== undefined && verifyCheckpoint(read, verifying)).toBe(false)
      }),
    )
  })

  it('has a hash that its content decides, and other content another', async () => {
    const { hash } = await encodeCheckpoint(checkpoint, signing)
    expect((await encodeCheckpoint(checkpoint, signing)).hash).toBe(hash)
    expect((await encodeCheckpoint({ ...checkpoint, nonce: 'm' }, signing)).hash).not.toBe(hash)
  })

  it('is not written with a key that is not Ed25519', async () => {
    const { privateJwk } = await generateKey('ES256', 'k')
    await expect(encodeCheckpoint(checkpoint, importSigningKey(privateJwk))).rejects.toMatchObject({
      code: 'config.invalid',
    })
  })

  it('is unreadable with a critical member that this build does not know', async () => {
    const { record } = await encodeCheckpoint(checkpoint, signing)
    const json: object = JSON.parse(Buffer.from(record.value ?? []).toString()) as object
    const value = Buffer.from(JSON.stringify({ ...json, critical: ['only'] }))
    expect(readCheckpoint({ ...record, value })).toBeUndefined()
    expect(
      readCheckpoint({ ...record, value: Buffer.from(JSON.stringify({ ...json, extra: 1 })) }),
    ).toBeDefined()
  })

  it('is unreadable as a heartbeat that lacks one of its members', async () => {
    const { record } = await encodeCheckpoint(checkpoint, signing)
    const json: object = JSON.parse(Buffer.from(record.value ?? []).toString()) as object
    const value = Buffer.from(JSON.stringify({ ...json, through: {} }))
    expect(readCheckpoint({ ...record, value })).toBeUndefined()
  })
})

function flipped(record: OutgoingRecord, place: string, bit: number): OutgoingRecord {
  const part = place === 'value' ? record.value : record.headers[place]
  const copy = Uint8Array.from(part ?? [])
  const at = Math.floor(bit / 8) % copy.length
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8))
  if (place === 'value') return { ...record, value: copy }
  return { ...record, headers: { ...record.headers, [place]: copy } }
}

describe('the hash of records', () => {
  const bytes = fc.uint8Array({ maxLength: 6 })
  const headers = fc.dictionary(fc.constantFrom('a', 'b', 'ab', 'ba', ''), bytes, { maxKeys: 3 })
  const record = fc.record({ key: fc.option(bytes), value: fc.option(bytes), headers })

  it('differs for any two lists that differ, wherever a boundary was shifted (rule 45)', () => {
    const canonical = (records: readonly OutgoingRecord[]): string =>
      JSON.stringify(
        records.map(({ key, value, headers: named }) => [
          key && [...key],
          value && [...value],
          Object.entries(named)
            .map(([name, text]) => JSON.stringify([name, ...text]))
            .sort((x, y) => (x < y ? -1 : 1)),
        ]),
      )
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 3 }),
        fc.array(record, { maxLength: 3 }),
        (a, b) => {
          expect(recordsHash(a) === recordsHash(b)).toBe(canonical(a) === canonical(b))
        },
      ),
    )
  })

  it.each([
    ['key and value', { key: 'ab', value: 'c' }, { key: 'a', value: 'bc' }],
    ['no value and an empty one', { key: 'a', value: null }, { key: 'a', value: '' }],
    [
      'value and header',
      { key: 'a', value: 'b', headers: { c: 'd' } },
      { key: 'a', value: 'bcd', headers: {} },
    ],
    [
      'header name and value',
      { key: 'a', value: 'b', headers: { cd: 'e' } },
      { key: 'a', value: 'b', headers: { c: 'de' } },
    ],
  ])('separates %s', (_, left, right) => {
    expect(recordsHash([made(left)])).not.toBe(recordsHash([made(right)]))
  })

  it('control: without the lengths a shifted boundary would go unseen', () => {
    const unframed = ({ key, value }: OutgoingRecord): string =>
      Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)]).toString('hex')
    const [left, right] = [made({ key: 'ab', value: 'c' }), made({ key: 'a', value: 'bc' })]
    expect(unframed(left)).toBe(unframed(right))
    expect(recordHash(left)).not.toBe(recordHash(right))
  })

  it('does not depend on the order of headers, and does on the order of records', () => {
    const a = made({ key: 'a', value: 'v', headers: { x: '1', y: '2' } })
    const same = made({ key: 'a', value: 'v', headers: { y: '2', x: '1' } })
    const b = made({ key: 'b', value: 'v' })
    expect(recordsHash([a])).toBe(recordsHash([same]))
    expect(recordsHash([a, b])).not.toBe(recordsHash([b, a]))
    expect(recordsHash([a, b])).toBe(joinRecordHashes([recordHash(a), recordHash(b)]))
  })

  it.each([16, 17, 5_000])('does not depend on the order of %i headers', (count) => {
    const named = Array.from({ length: count }, (_, n) => [`h${n}`, 'v'] as const)
    const inOrder = made({ key: 'a', value: 'v', headers: Object.fromEntries(named) })
    const reversed = made({ key: 'a', value: 'v', headers: Object.fromEntries(named.toReversed()) })
    expect(recordHash(reversed)).toBe(recordHash(inOrder))
  })
})

function made(o: {
  key: string
  value: string | null
  headers?: Record<string, string>
}): OutgoingRecord {
  const headers = Object.entries(o.headers ?? {}).map(
    ([name, text]) => [name, Buffer.from(text)] as const,
  )
  return {
    key: Buffer.from(o.key),
    value: o.value === null ? null : Buffer.from(o.value),
    headers: Object.fromEntries(headers),
  }
}
