import type { AppliedRevocation, MapAnnouncement } from '@freshet/domain'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { revocation } from '../../../test/setup/wire-arbitraries.ts'
import { appliedIn, decodeApplied } from './applied-revocation.ts'
import { decodeRevocation, encodeRevocation } from './revocation-record.ts'

const issuer = 'https://tokens.example'
type Decoded = AppliedRevocation | MapAnnouncement | undefined

/** What the full codec reads, without what an edge does not act on. */
function byFullCodec(value: Uint8Array, partition: number): Decoded {
  const decoded = decodeRevocation({ headers, value, partition })
  if (decoded === undefined || decoded.scope === 'map') return decoded
  const { id: _id, occurredAtMs: _at, issuedAtMs: _issued, ...acted } = decoded
  const { op: _op, ...rest } = acted as typeof acted & { op?: unknown }
  if (acted.scope !== 'subject') return rest
  return {
    ...acted,
    claims: new Map([...acted.claims].map(([claim, { offset }]) => [claim, { offset }])),
  }
}

/** The same of the quick one: what the full codec read for it may hold more. */
function byEdge(value: Uint8Array, partition: number): Decoded {
  const quick = appliedIn(parsed(value), partition)
  const decoded = decodeApplied({ headers, value, partition })
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

function parsed(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString())
  } catch {
    return undefined
  }
}

const text = (value: Uint8Array | null): string => Buffer.from(value ?? []).toString()

/** JSON that could be mistaken: other types, borders of lengths and numbers, names of prototypes. */
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

/** One member set, once more or anew, somewhere in a text of JSON objects. */
const mutation = fc.record({
  name: fc.constantFrom(...memberNames),
  json: oddJson,
  at: fc.nat(),
  last: fc.boolean(),
})

/** Duplicates are kept, as only a text can. */
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

describe('what an edge reads of a revocation', () => {
  it('is what the full codec reads, and its own reader takes all that this build writes plainly', () => {
    fc.assert(
      fc.property(revocation, (made) => {
        const { value } = encodeRevocation(made, { issuer })
        const bytes = Buffer.from(value ?? [])
        expect(byEdge(bytes, made.partition)).toEqual(byFullCodec(bytes, made.partition))
        const isPlain = !/[\ud800-\udfff]|"constructor"/.test(text(bytes)) && made.scope !== 'value'
        if (isPlain) expect(appliedIn(parsed(bytes), made.partition)).toBeDefined()
      }),
      { numRuns: 500 },
    )
  })

  it('is what the full codec reads or refuses, whatever members are added, repeated or replaced', () => {
    let taken = 0
    fc.assert(
      fc.property(
        revocation,
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (made, mutations) => {
          const { value } = encodeRevocation(made, { issuer })
          const bytes = Buffer.from(mutations.reduce(mutate, text(value)))
          const quick = appliedIn(parsed(bytes), made.partition)
          if (quick !== undefined) taken += 1
          expect(byEdge(bytes, made.partition)).toEqual(byFullCodec(bytes, made.partition))
        },
      ),
      { numRuns: 3_000 },
    )
    // Were nothing taken by hand, nothing would be compared.
    expect(taken).toBeGreaterThan(300)
  })

  it('control: a reader that overlooked `critical` would apply what it does not understand', () => {
    const made = encodeRevocation(
      {
        scope: 'client',
        target: 'web',
        offset: 9n,
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
    const json = text(made.value)
    const said = json.replace('"scope"', '"critical":["except"],"scope"')
    expect(appliedIn(JSON.parse(json), 0)).toMatchObject({ scope: 'client', target: 'web' })
    expect(decodeApplied({ headers, value: Buffer.from(said), partition: 0 })).toMatchObject({
      scope: 'tenant',
      target: 't',
    })
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
