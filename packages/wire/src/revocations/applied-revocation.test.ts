import type { AppliedRevocation, MapAnnouncement, Revocation } from '@freshet/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { revocation } from '../../../../test/setup/wire-arbitraries.ts'
import { decodeApplied, readSubjectRevocation } from './applied-revocation.ts'
import { decodeRevocation, encodeRevocation } from './revocation-record.ts'

const issuer = 'https://tokens.example'
type Decoded = AppliedRevocation | MapAnnouncement | undefined

/** Returns what the full codec reads, without the parts that an edge does not act on. */
function byFullCodec(value: Uint8Array, partition: number): Decoded {
  const decoded = decodeRevocation({ headers, value, partition })
  if (decoded === undefined || decoded.scope === 'map') return decoded
  const { id: _id, issuedAtMs: _issued, ...acted } = decoded
  const { op: _op, ...rest } = acted as typeof acted & { op?: unknown }
  if (acted.scope !== 'subject') return rest
  return {
    ...acted,
    claims: new Map([...acted.claims].map(([claim, { offset }]) => [claim, { offset }])),
  }
}

/**
 * Returns what an edge reads. If the quick reader refuses the record, it lacks the parts that an edge does
 * not act on.
 */
function byEdge(value: Uint8Array, partition: number): Decoded {
  const decoded = decodeApplied({ headers, value, partition })
  const quick = readSubjectRevocation(value, partition)
  if (quick === undefined) return byFullCodec(value, partition)
  expect(decoded).toEqual(quick)
  return decoded
}

const { headers } = encodeRevocation(
  {
    scope: 'denial',
    denial: 'key',
    target: 'k',
    id: 'i',
    change: 'c',
    tenant: 't',
    e: 1n,
    partition: 0,
    occurredAtMs: 0,
    issuedAtMs: 0,
  },
  { issuer },
)

const plainLoss = {
  scope: 'subject',
  subject: { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' },
  claims: new Map([
    ['groups', { offset: 43_118n, values: null }],
    ['entitlements', { offset: 9n, values: null }],
  ]),
  id: 'set-1',
  change: 'hr-42',
  tenant: 'acme',
  e: 1_795_514_400n,
  partition: 3,
  occurredAtMs: 1_764_000_000_120,
  issuedAtMs: 1_764_000_000_900,
} as const satisfies Revocation

const text = (value: Uint8Array | null): string => Buffer.from(value ?? []).toString()

/** JSON that a reader could mistake: other types, limits of lengths and numbers, names of prototypes. */
const oddJson = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    '[]',
    '{}',
    '[{}]',
    '""',
    '"0"',
    '"00"',
    '"01"',
    '"-1"',
    '"1.0"',
    '"１"',
    '0',
    '-0',
    '1e999',
    '1e2',
    '1.5',
    '9007199254740993',
    '"__proto__"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"map"',
    '"tenant"',
    '"account"',
    '"disabled"',
    '"iss_sub"',
    '{"__proto__":"5"}',
    '{"constructor":"5"}',
    '{"constructor":{}}',
    '{"toString":"7"}',
    '{"groups":"5"}',
    '{"format":"iss_sub","iss":"a","sub":"b"}',
    '{"format":"iss_sub","iss":"a","sub":"b","c":1}',
    '"2026-02-29T00:00:00.000Z"',
    '"2028-02-29T00:00:00.000Z"',
    '"2026-11-24T10:00:00Z"',
    '"2026-11-24t10:00:00.123456789+23:59"',
    '"2026-11-24T24:00:00.000Z"',
    '"2026-11-24"',
  ),
  fc.constantFrom(128, 129, 256, 257, 512, 513).map((length) => JSON.stringify('x'.repeat(length))),
  fc.bigInt({ min: 0n, max: 10n ** 19n }).map((n) => `"${n}"`),
  fc.json(),
)

const memberNames = [
  'iss',
  'jti',
  'iat',
  'txn',
  'sub_id',
  'events',
  'freshet',
  'e',
  'tenant',
  'partition',
  'change',
  'occurredAt',
  'issuedAt',
  'scope',
  'claims',
  'op',
  'offset',
  'claim',
  'value',
  'target',
  'denial',
  'critical',
  'format',
  'sub',
  'unknown',
  '__proto__',
  'constructor',
  'groups',
]

/** One member that is set, repeated or added somewhere in a text of JSON objects. */
const mutation = fc.record({
  name: fc.constantFrom(...memberNames),
  json: oddJson,
  at: fc.nat(),
  last: fc.boolean(),
})

/** Duplicate members are kept, which only a text can hold. */
function mutate(
  json: string,
  { name, json: value, at, last }: { name: string; json: string; at: number; last: boolean },
): string {
  const places = [...json.matchAll(last ? /\}/g : /\{/g)].map(({ index }) => index)
  const place = places[at % places.length] ?? 0
  const member = `${JSON.stringify(name)}:${value}`
  if (last) {
    const isEmpty = json[place - 1] === '{'
    return `${json.slice(0, place)}${isEmpty ? '' : ','}${member}${json.slice(place)}`
  }
  const isEmpty = json[place + 1] === '}'
  return `${json.slice(0, place + 1)}${member}${isEmpty ? '' : ','}${json.slice(place + 1)}`
}

describe('an edge’s reading of a revocation', () => {
  it('is what the full codec reads, and the quick reader takes what this build writes plainly', () => {
    let taken = 0
    fc.assert(
      fc.property(revocation, (made) => {
        const { value } = encodeRevocation(made, { issuer })
        const bytes = Buffer.from(value ?? [])
        expect(byEdge(bytes, made.partition)).toEqual(byFullCodec(bytes, made.partition))
        const isUnpublished =
          made.scope === 'subject' && [...made.claims.values()].every(({ values }) => !values)
        if (!isUnpublished || /[^\x20-\x7e]|\\/.test(text(bytes))) return
        expect(readSubjectRevocation(bytes, made.partition)).toBeDefined()
        taken += 1
      }),
      { numRuns: 1_000 },
    )
    expect(taken).toBeGreaterThan(0)
  })

  it('is what the full codec reads or refuses, whatever members are added, repeated or replaced', () => {
    fc.assert(
      fc.property(
        revocation,
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (made, mutations) => {
          const { value } = encodeRevocation(made, { issuer })
          const bytes = Buffer.from(mutations.reduce(mutate, text(value)))
          expect(byEdge(bytes, made.partition)).toEqual(byFullCodec(bytes, made.partition))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('is what the full codec reads or refuses, whichever byte is another, missing or too many', () => {
    const { value } = encodeRevocation(plainLoss, { issuer })
    const bytes = Buffer.from(value ?? [])
    const others = [...Buffer.from('019"\\,:{}[] aZ\u0000\u007f-+.eTu'), 0x80, 0xc3, 0xff]
    let taken = 0
    const compareCodecs = (changed: Buffer): void => {
      if (readSubjectRevocation(changed, 3) !== undefined) taken += 1
      expect(byEdge(changed, 3)).toEqual(byFullCodec(changed, 3))
    }
    for (let at = 0; at < bytes.length; at += 1) {
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + 1)]
      compareCodecs(Buffer.concat([before, after]))
      for (const other of others) {
        compareCodecs(Buffer.concat([before, Buffer.from([other]), after]))
        if (at % 7 === 0)
          compareCodecs(Buffer.concat([before, Buffer.from([other]), bytes.subarray(at)]))
      }
    }
    compareCodecs(Buffer.concat([bytes, Buffer.from(' ')]))
    expect(taken).toBeGreaterThan(300)
  })

  it.each([
    ['longest', 512, true],
    ['too long', 513, false],
  ])('takes texts of the %s length as the full codec does', (_, length, isRead) => {
    const subject = { ...plainLoss.subject, sub: 'x'.repeat(length) }
    const { value } = encodeRevocation({ ...plainLoss, subject }, { issuer })
    const bytes = Buffer.from(value ?? [])
    expect(readSubjectRevocation(bytes, 3) !== undefined).toBe(isRead)
    expect(decodeApplied({ headers, value: bytes, partition: 3 }) !== undefined).toBe(isRead)
  })

  it('control: a record with `critical` can mean less or more than it seems, so none is accepted', () => {
    const { value } = encodeRevocation(plainLoss, { issuer })
    const critical = text(value).replace('"scope"', '"critical":["except"],"scope"')
    expect(readSubjectRevocation(Buffer.from(text(value)), 3)).toMatchObject({ scope: 'subject' })
    expect(readSubjectRevocation(Buffer.from(critical), 3)).toBeUndefined()
    expect(decodeApplied({ headers, value: Buffer.from(critical), partition: 3 })).toBeUndefined()
  })

  it('counts in its own partition only, and is nothing where it is no JSON or no UTF-8', () => {
    const { value } = encodeRevocation(
      {
        scope: 'denial',
        denial: 'key',
        target: 'ké',
        id: 'i',
        change: 'c',
        tenant: 't',
        e: 1n,
        partition: 0,
        occurredAtMs: 0,
        issuedAtMs: 0,
      },
      { issuer },
    )
    const bytes = Buffer.from(value ?? [])
    expect(decodeApplied({ headers, value: bytes, partition: 0 })).toMatchObject({ target: 'ké' })
    expect(decodeApplied({ headers, value: bytes, partition: 1 })).toBeUndefined()
    expect(decodeApplied({ headers, value: bytes.subarray(1), partition: 0 })).toBeUndefined()
    const latin = Buffer.from(text(bytes), 'latin1')
    expect(decodeApplied({ headers, value: latin, partition: 0 })).toBeUndefined()
    expect(decodeApplied({ headers, value: null, partition: 0 })).toBeUndefined()
  })
})
