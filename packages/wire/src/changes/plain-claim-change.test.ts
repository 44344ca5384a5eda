import type { Change } from '@freshet/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { change, misspelt } from '../../../../test/setup/wire-arbitraries.ts'
import { dataOf, parseChangeData } from './change-data.ts'
import { readPlainClaimChange } from './plain-claim-change.ts'
import { parseRecordJson } from '../json/plain-json.ts'
import { LENGTHS, VALUES_MAX } from '../json/wire-types.ts'

const name = { id: 'hr-1', source: 'hr' }
const plain =
  '{"tenant":"acme","subject":{"format":"iss_sub","iss":"https://idp.example","sub":"alice"},' +
  '"claim":"groups","op":"remove","value":["staff","ops"],"sourceVersion":"1.7",' +
  '"occurredAt":"2026-11-24T10:00:00.120Z"}'

function byCodec(bytes: Uint8Array): unknown {
  return parseChangeData(parseRecordJson(bytes), name)
}

/**
 * Checks that the full codec accepts everything that the quick reader accepts, and reads it the same. Returns
 * whether the quick reader accepted it.
 */
function compare(bytes: Uint8Array): boolean {
  const quick = readPlainClaimChange(bytes, name)
  if (quick !== undefined) expect(quick).toEqual(byCodec(bytes))
  return quick !== undefined
}

/** Makes most claim changes as sources send them: values that are texts, and no optional member. */
function plainer(made: Change): Change {
  if (made.kind !== 'claim') return made
  const { sequence: _, settles: __, onBehalfOf: ___, ...rest } = made
  return { ...rest, values: made.values.map(String) }
}

function withPart(part: string, replaced: string): Buffer {
  expect(plain).toContain(part)
  return Buffer.from(plain.replace(part, replaced))
}

describe('the quick reader of a change of a claim', () => {
  it('takes by itself what this build writes plainly', () => {
    for (const text of [
      plain,
      plain.replace('remove', 'set'),
      plain.replace('"remove","value":["staff","ops"]', '"clear"'),
    ])
      expect(compare(Buffer.from(text))).toBe(true)
  })

  it('reads what the codec reads of everything that this build writes', () => {
    let taken = 0
    fc.assert(
      fc.property(change, (made) => {
        compare(Buffer.from(JSON.stringify(dataOf(made))))
        if (compare(Buffer.from(JSON.stringify(dataOf(plainer(made)))))) taken += 1
      }),
      { numRuns: 2_000 },
    )
    // If the quick reader accepted nothing, the test would compare nothing. It accepts about 115 of 2,000.
    expect(taken).toBeGreaterThan(30)
  })

  it('takes nothing that the codec refuses, whichever byte is another, missing or too many', () => {
    let taken = 0
    fc.assert(
      fc.property(misspelt(Buffer.from(plain)), (bytes) => {
        if (compare(bytes)) taken += 1
      }),
      { numRuns: 20_000 },
    )
    expect(taken).toBeGreaterThan(100)
  })

  it.each([
    ['a name that nothing may have', '"tenant":"acme"', '"tenant":"__proto__"'],
    ['a claim that nothing may be called', '"claim":"groups"', '"claim":"__proto__"'],
    ['no values', '["staff","ops"]', '[]'],
    ['a tenant that is too long', 'acme', 'a'.repeat(LENGTHS.tenant + 1)],
    ['a subject that is too long', 'alice', 'a'.repeat(LENGTHS.id + 1)],
    ['a value that is too long', 'staff', 'a'.repeat(LENGTHS.value + 1)],
    ['too many values', '"ops"', Array(VALUES_MAX).fill('"x"').join(',')],
    ['a version of too many digits', '1.7', '1.1234567890123456789'],
    ['a time that is none', '2026-11-24T', '2026-02-30T'],
    ['another op', '"remove"', '"explode"'],
    ['a subject of another form', 'iss_sub', 'iss-sub'],
    ['a member twice', '"claim":"groups"', '"claim":"groups","claim":"groups"'],
    ['something behind the end', '120Z"}', '120Z"} '],
    ['a member that is critical', '120Z"}', '120Z","critical":["except"]}'],
  ])('leaves to the codec: %s', (_, part, replaced) => {
    expect(readPlainClaimChange(withPart(part, replaced), name)).toBeUndefined()
  })

  it('takes what is just within its limits', () => {
    const values = Array(VALUES_MAX - 1)
      .fill('"x"')
      .join(',')
    expect(compare(withPart('alice', 'a'.repeat(LENGTHS.id)))).toBe(true)
    expect(compare(withPart('staff', 'a'.repeat(LENGTHS.value)))).toBe(true)
    expect(compare(withPart('"ops"', values))).toBe(true)
  })
})
