import type { Checkpoint } from '@freshet/protocol'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { hash, misspelt, natural, word } from '../../../../test/setup/wire-arbitraries.ts'
import { encodeCheckpoint, readCheckpoint, readCheckpointLink } from './checkpoint-record.ts'
import { generateKey, importSigningKey, type SigningKey } from '../keys/keys.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { readPlainLink } from './plain-checkpoint.ts'

const HASH = 'h'.repeat(43)
const link: Checkpoint = {
  e: 1n,
  partition: 3,
  generation: 2n,
  previous: HASH,
  nonce: 'n',
  count: 4,
  recordsHash: HASH,
}
const heartbeat = {
  through: new Map([['acme', new Map([['hr', { atMs: 1_000, state: 'complete' as const }]])]]),
  minimumPv: 1,
  mapVersion: 1,
  mapHash: HASH,
  next: { offset: 9n, lastRecordHash: null },
  base: { hash: HASH, offset: 2n },
}

let key: SigningKey
/** A checkpoint, and the same with a heartbeat. */
let bare: OutgoingRecord
let full: OutgoingRecord

beforeAll(async () => {
  key = importSigningKey((await generateKey('EdDSA', 'cp-1')).privateJwk)
  bare = (await encodeCheckpoint(link, key)).record
  full = (await encodeCheckpoint({ ...link, heartbeat }, key)).record
})

const textOf = ({ value }: OutgoingRecord): string => Buffer.from(value ?? []).toString()

/** A text that begins with a space is not plain, so the full codec reads it. */
const byCodec = (text: string): Checkpoint | undefined =>
  readCheckpointLink({ ...bare, value: Buffer.from(` ${text}`) })?.checkpoint

/** Returns whether the quick reader accepted the text. The codec then reads the same. */
function compare(text: string): boolean {
  const quick = readPlainLink(Buffer.from(text))
  if (quick !== undefined) expect(quick).toEqual(byCodec(text))
  return quick !== undefined
}

describe('the quick reader of a checkpoint', () => {
  it('reads every checkpoint that this build writes, with and without a heartbeat', async () => {
    const some = fc.record({
      e: natural,
      partition: fc.nat(),
      generation: natural,
      previous: fc.option(hash),
      count: fc.nat(),
      recordsHash: hash,
    })
    await fc.assert(
      fc.asyncProperty(some, fc.boolean(), async (made, isHeartbeat) => {
        const whole = isHeartbeat ? { ...made, heartbeat } : made
        const { record } = await encodeCheckpoint(whole, key)
        expect(readPlainLink(record.value ?? Buffer.alloc(0))).toEqual(made)
        expect(readCheckpoint(record)?.checkpoint).toEqual(whole)
      }),
    )
    expect([bare, full].map(textOf).map(compare)).toEqual([true, true])
  })

  it('reads nothing otherwise than the codec, whichever byte is another, missing or too many', () => {
    let taken = 0
    const [head, rest] = textOf(full).split(',"through"')
    const texts = fc.tuple(misspelt(Buffer.from(head ?? '')), fc.boolean())
    fc.assert(
      fc.property(texts, ([bytes, isHeartbeat]) => {
        const made = Buffer.from(bytes).toString()
        if (compare(isHeartbeat ? `${made},"through"${rest}` : `${made}}`)) taken += 1
      }),
      { numRuns: 4_000 },
    )
    expect(taken).toBeGreaterThan(20)
  })

  it('reads the same nonce as the codec, or leaves it to the codec', () => {
    fc.assert(
      fc.property(word, (nonce) => {
        compare(textOf(bare).replace('"nonce":"n"', `"nonce":${JSON.stringify(nonce)}`))
      }),
    )
  })

  it.each([
    [
      'a critical member after the heartbeat',
      (text: string) => `${text.slice(0, -1)},"critical":["x"]}`,
    ],
    [
      'a critical member that is spelt with an escape',
      (text: string) => `${text.slice(0, -1)},"\\u0063ritical":["x"]}`,
    ],
    ['a member that nobody knows', (text: string) => text.replace(',"n"', ',"later":1,"n"')],
    ['a hash with another alphabet', (text: string) => text.replaceAll('h', '+')],
    [
      'a number of too many digits',
      (text: string) => text.replace('"e":"1"', `"e":"1${'0'.repeat(18)}"`),
    ],
  ])('leaves to the codec: %s', (_, change) => {
    for (const record of [bare, full]) {
      expect(compare(textOf(record))).toBe(true)
      expect(compare(change(textOf(record)))).toBe(false)
    }
  })

  it('leaves a record that is too long to the codec, which refuses it', () => {
    const long = `${textOf(full).slice(0, -1)},"later":"${'x'.repeat(1024 * 1024)}"}`
    expect(compare(long)).toBe(false)
    expect(byCodec(long)).toBeUndefined()
  })
})
