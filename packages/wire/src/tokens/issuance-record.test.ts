import { partitionOf, subjectKey, type Omission } from '@freshet/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeIssuance, encodeIssuance, type Issuance } from './issuance-record.ts'
import { parseJson } from '../json/strict-json.ts'

const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/[\u0000-\u001f\u007f]/.test(text) && text !== '__proto__')
const natural = fc.bigInt({ min: 0n, max: 10n ** 18n - 1n })
const timeMs = fc.integer({ min: 0, max: 4_000_000_000_000 })
const wholeSecond = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000)
const hash = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'))
const required = {
  issuer: word,
  jti: word,
  subject: fc.record({ tenant: word, iss: word, sub: word }),
  client: word,
  audience: word,
  kid: word,
  pv: fc.nat(),
  registryHash: hash,
  iatMs: wholeSecond,
  expMs: wholeSecond,
  claims: fc.uniqueArray(word, { maxLength: 4 }).map((names) => names.sort()),
  claimsDigest: hash,
  throughMs: fc.array(fc.tuple(word, timeMs), { maxLength: 4 }).map((each) => new Map(each)),
}
const label = fc.record({ e: natural, s: natural, c: natural })
const omitted = fc.constantFrom(
  new Map<string, Omission>([['limits', 'over']]),
  new Map<string, Omission>([
    ['limits', 'over'],
    ['roles', 'unverified'],
  ]),
)
const issuance: fc.Arbitrary<Issuance> = fc.oneof(
  fc.record(required),
  fc.record({ ...required, label }),
  fc.record({ ...required, omitted }),
)

const example: Issuance = {
  issuer: 'https://idp.example',
  jti: 'at-7f31',
  subject: { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' },
  client: 'web',
  audience: 'payments',
  kid: 'k1',
  pv: 3,
  registryHash: 'A'.repeat(43),
  iatMs: 1_795_514_400_000,
  expMs: 1_795_514_700_000,
  claims: ['groups'],
  claimsDigest: 'B'.repeat(43),
  throughMs: new Map([['hr', 1_795_514_399_120]]),
}

function changed(members: object): Parameters<typeof decodeIssuance>[0] {
  const { value, headers } = encodeIssuance(example)
  const json = parseJson(value ?? new Uint8Array()) as object
  return { headers, value: Buffer.from(JSON.stringify({ ...json, ...members })) }
}

describe('the record of an issuance', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(issuance, (made) => {
        expect(decodeIssuance(encodeIssuance(made))).toEqual(made)
      }),
    )
  })

  it('is keyed by its subject, so that it stands in the partition of its changes (rule 1)', () => {
    const { key } = encodeIssuance(example)
    expect(Buffer.from(key ?? []).toString()).toBe(subjectKey(example.subject))
    const [tenant, iss, sub] = JSON.parse(Buffer.from(key ?? []).toString()) as string[]
    const named = { tenant: tenant ?? '', iss: iss ?? '', sub: sub ?? '' }
    expect(partitionOf(named)).toBe(partitionOf(example.subject))
  })

  it('has equal bytes for equal issuances, in whatever order they were put together', () => {
    const one = encodeIssuance({
      ...example,
      claims: ['groups', 'roles'],
      throughMs: new Map([...example.throughMs, ['iga', 5_000]]),
    })
    const other = encodeIssuance({
      ...example,
      claims: ['roles', 'groups'],
      throughMs: new Map([['iga', 5_000], ...example.throughMs]),
    })
    expect(one).toEqual(other)
  })

  it('keeps its meaning beside members that this build does not know', () => {
    expect(decodeIssuance(changed({ later: 1 }))).toEqual(example)
  })

  it('is not half understood: an unknown member that is critical makes it unreadable', () => {
    expect(decodeIssuance(changed({ later: 1, critical: ['later'] }))).toBeUndefined()
  })

  it.each([
    ['another type', { headers: { ce_type: Buffer.from('dev.freshet.change.v1') } }],
    ['no issuer', { headers: { ce_source: Buffer.from('') } }],
    ['no value', { value: null }],
    ['text that is no JSON', { value: Buffer.from('{') }],
    ['a label without its incarnation', changed({ label: { s: '1', c: '1' } })],
    ['a position that is a number', changed({ label: { e: '1', s: 1, c: '1' } })],
    ['a time that is none', changed({ through: { hr: 'yesterday' } })],
    ['a digest that is none', changed({ claimsDigest: 'x' })],
  ])('is none with %s', (_what, wrong) => {
    const right = encodeIssuance(example)
    const headers = { ...right.headers, ...('headers' in wrong ? wrong.headers : {}) }
    expect(decodeIssuance({ ...right, ...wrong, headers })).toBeUndefined()
  })
})
