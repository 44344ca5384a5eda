import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { misspelt } from '../../../../test/setup/wire-arbitraries.ts'
import { decodeEdgeReport } from './decode-edge-report.ts'
import { APPLIES_MAX, LENGTHS_OF_REPORT } from './edge-report-schema.ts'
import { encodeEdgeReport, type EdgeReport } from './edge-report.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import { readPlainPartitions } from './plain-edge-report.ts'

const T = 1_764_000_000_000
const apply = { upTo: 12n, appendedAtMs: T, appliedAtMs: T + 7 }
const report: EdgeReport = {
  edge: 'payments:1',
  audience: 'payments',
  version: '0.1.0',
  atMs: T,
  state: 'live',
  partitions: [
    { partition: 0, applied: 41n, viewAgeMs: null, applies: [] },
    {
      partition: 3,
      e: 2n,
      applied: 12n,
      viewAgeMs: 1_041,
      applies: [apply, { ...apply, allowsSinceMs: T }],
    },
  ],
  decisions: { allow: 40, deny: 2, challenge: 0 },
  denied: { stale: 1, unverified: 1, insufficient: 0, other: 0 },
  unverified: {
    isOutOfView: false,
    sources: [
      { tenant: 'acme', source: 'hr', sinceMs: T - 14_000 },
      { tenant: 'acme', source: 'iga' },
    ],
    more: 3,
  },
  start: 'a',
  n: 7,
  clock: { offsetMs: 0.5, errorMs: 1.5 },
}
const plain = Buffer.from(encodeEdgeReport(report).value ?? '').toString()
const headers = { ce_type: Buffer.from(EVENT_TYPES.edgeReport) }
const decode = (value: Uint8Array) => decodeEdgeReport({ headers, value })
/** A text that begins with a space is not plain. */
const byCodec = (bytes: Uint8Array) => decode(Buffer.concat([Buffer.from(' '), bytes]))

/**
 * Checks that the full codec accepts everything that the quick reader accepts, and reads it the same. Returns
 * whether the quick reader accepted it.
 */
function compare(bytes: Uint8Array): boolean {
  expect(decode(bytes)).toEqual(byCodec(bytes))
  return readPlainPartitions(bytes) !== undefined
}

function withPart(part: string, replaced: string): Buffer {
  expect(plain).toContain(part)
  return Buffer.from(plain.replace(part, replaced))
}

describe('the quick reader of a report', () => {
  it('takes by itself what this build writes', () => {
    expect(compare(Buffer.from(plain))).toBe(true)
    expect(decode(Buffer.from(plain))).toEqual(report)
  })

  it('reads nothing otherwise than the codec, whichever byte is another, missing or too many', () => {
    let taken = 0
    fc.assert(
      fc.property(misspelt(Buffer.from(plain)), (bytes) => {
        if (compare(bytes)) taken += 1
      }),
      { numRuns: 4_000 },
    )
    expect(taken).toBeGreaterThan(20)
  })

  it.each([
    ['a name that is too long', 'payments:1', 'p'.repeat(LENGTHS_OF_REPORT.name + 1)],
    ['a state that is none', '"live"', '"alive"'],
    ['an age below zero', '1.041', '-1.041'],
    ['an age with an exponent', '1.041', '1e3'],
    ['an offset of too many digits', '"applied":"41"', '"applied":"1234567890123456789"'],
    ['a time that is none', '2025-11-24T', '2025-02-30T'],
    ['a member twice', '"partition":3', '"partition":3,"partition":3'],
    ['a member that nobody knows', '"partition":3', '"later":1,"partition":3'],
    ['too many applies', '"applies":[]', `"applies":[${applies(APPLIES_MAX + 1)}]`],
  ])('leaves to the codec: %s', (_, part, replaced) => {
    const bytes = withPart(part, replaced)
    expect(readPlainPartitions(bytes)).toBeUndefined()
    compare(bytes)
  })

  it.each([
    ['partitions again', '"n":7', '"n":7,"partitions":[]'],
    ['a member that nobody knows', '"n":7', '"n":7,"later":1'],
    ['no decisions', '"decisions":{"allow":40,"deny":2,"challenge":0},', ''],
    ['bytes that are no text', '"start":"a"', '"start":"\uFEFF"'],
  ])('reads as the codec what has behind its partitions %s', (_, part, replaced) => {
    compare(withPart(part, replaced))
  })

  it('reads the same report if a later release adds a member to it', () => {
    expect(decode(withPart('"n":7', '"n":7,"later":1'))).toEqual(report)
  })

  it('takes what is just within its limits', () => {
    expect(compare(withPart('"applies":[]', `"applies":[${applies(APPLIES_MAX)}]`))).toBe(true)
    expect(compare(withPart('payments:1', 'p'.repeat(LENGTHS_OF_REPORT.name)))).toBe(true)
  })
})

function applies(count: number): string {
  const one = /\{"upTo[^}]*\}/.exec(plain)?.[0] ?? ''
  return Array.from({ length: count }, () => one).join(',')
}
