import {
  ACCOUNT_OPS,
  DENIAL_KINDS,
  STATED_KINDS,
  type Change,
  type Revocation,
} from '@freshet/protocol'
import fc from 'fast-check'

/** A name without control characters, mostly of ASCII as in practice. */
export const word = fc
  .oneof(
    { weight: 6, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) },
  )
  .filter((text) => !/[\u0000-\u001f\u007f]/.test(text) && text !== '__proto__')

/** A number of at most 18 digits. */
export const natural = fc.bigInt({ min: 0n, max: 10n ** 18n - 1n })

/** A time that a wire format can hold, in milliseconds. */
export const timeMs = fc.integer({ min: 0, max: 4_000_000_000_000 })

/** A value of a claim. */
export const value = fc.oneof(
  word,
  fc.boolean(),
  fc.integer(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((n) => (n === 0 ? 0 : n))
    .filter((n) => Math.abs(n) < 1e15),
)

/** The subject of a claim, without the tenant. */
export const subject = fc.record({ iss: word, sub: word })

/** An event of an account. */
export const accountOp = fc.constantFrom(...ACCOUNT_OPS)

/** A SHA-256 as base64url. */
export const hash = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'))

/** A partition of the change topic. */
export const partition = fc.integer({ min: 0, max: 6 })

function withTenant(made: {
  tenant: string
  subject?: object
  scope?: string
  target?: string
}): object {
  const { tenant } = made
  if (made.subject) return { ...made, subject: { tenant, ...made.subject } }
  return made.scope === 'tenant' ? { ...made, target: tenant } : made
}

const revocationOrigin = fc.record({
  id: word,
  change: word,
  tenant: word,
  e: natural,
  partition,
  occurredAtMs: timeMs,
  issuedAtMs: timeMs,
})
const timed = { timeMs }
const revoked = fc.oneof(
  fc.record(
    {
      scope: fc.constant('subject'),
      subject,
      timesMs: fc
        .array(fc.tuple(word, timeMs), { minLength: 1, maxLength: 3 })
        .map((entries) => new Map(entries)),
      claims: fc
        .array(
          fc.tuple(
            word,
            fc.record({ offset: natural, values: fc.option(fc.array(value, { maxLength: 3 })) }),
          ),
          { maxLength: 3 },
        )
        .map((entries) => new Map(entries)),
    },
    { requiredKeys: ['scope', 'subject', 'claims'] },
  ),
  fc.record(
    { scope: fc.constant('account'), subject, op: accountOp, offset: natural, ...timed },
    { requiredKeys: ['scope', 'subject', 'op', 'offset'] },
  ),
  fc.record(
    { scope: fc.constant('value'), claim: word, value, offset: natural, ...timed },
    { requiredKeys: ['scope', 'claim', 'value', 'offset'] },
  ),
  fc.record(
    { scope: fc.constantFrom('tenant', 'client'), target: word, offset: natural, ...timed },
    { requiredKeys: ['scope', 'target', 'offset'] },
  ),
  fc.record({
    scope: fc.constant('denial'),
    denial: fc.constantFrom(...DENIAL_KINDS),
    target: word,
  }),
)
/** A revocation of any scope. */
export const revocation: fc.Arbitrary<Revocation> = fc
  .tuple(revocationOrigin, revoked)
  .map(([origin, made]) => withTenant({ ...origin, ...made }) as unknown as Revocation)

const changeOrigin = fc.record(
  {
    tenant: word,
    source: word,
    id: word,
    occurredAtMs: timeMs,
    sourceVersion: fc.record({ epoch: natural, n: natural }),
    sequence: natural,
    onBehalfOf: word,
  },
  { requiredKeys: ['tenant', 'source', 'id', 'occurredAtMs', 'sourceVersion'] },
)

const statement = fc.oneof(
  fc.record({
    kind: fc.constant('claim'),
    subject,
    claim: word,
    op: fc.constantFrom('set', 'add', 'remove'),
    values: fc.array(value, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('claim'),
    subject,
    claim: word,
    op: fc.constant('set'),
    values: fc.array(value, { maxLength: 4 }),
    settles: fc.array(fc.record({ e: natural, partition, offset: natural }), { maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('claim'),
    subject,
    claim: word,
    op: fc.constant('clear'),
    values: fc.constant([]),
  }),
  fc.record({ kind: fc.constant('account'), subject, op: accountOp }),
  fc.record({ kind: fc.constant('value-withdrawn'), claim: word, value }),
  fc.record({ kind: fc.constant('cut-off'), scope: fc.constant('client'), target: word }),
  fc.record({ kind: fc.constant('cut-off'), scope: fc.constant('tenant') }),
  fc.record({
    kind: fc.constant('deny'),
    scope: fc.constantFrom(...DENIAL_KINDS),
    target: word,
  }),
  fc.record(
    { kind: fc.constant('snapshot-begin'), states: fc.subarray([...STATED_KINDS]) },
    { requiredKeys: ['kind'] },
  ),
  fc.record(
    { kind: fc.constant('snapshot-end'), confirmed: fc.constant(true) },
    { requiredKeys: ['kind'] },
  ),
  fc.record({
    kind: fc.constant('open'),
    audience: word,
    route: word,
    claim: word,
    untilMs: timeMs,
    by: word,
    reason: word,
  }),
  fc.record({ kind: fc.constant('close'), opening: word, by: word, reason: word }),
  fc.record({
    kind: fc.constant('clear-doubt'),
    subject,
    claim: word,
    record: fc.record({ e: natural, partition, offset: natural }),
    by: word,
    reason: word,
  }),
  fc.record({ kind: fc.constant('activate'), pv: fc.nat(), hash, minimum: fc.nat() }),
)

/** A change of any kind. */
export const change: fc.Arbitrary<Change> = fc
  .tuple(changeOrigin, statement)
  .map(([origin, stated]) => withTenant({ ...origin, ...stated }) as unknown as Change)

/** Returns these bytes with one byte changed, missing, or added. */
export function misspelt(bytes: Buffer): fc.Arbitrary<Buffer> {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"\\{}[],:0129e.+-_')))
  return fc.tuple(fc.nat(bytes.length), fc.nat(2), byte).map(([at, gone, other]) => {
    const put = gone === 2 ? [] : [other]
    const rest = bytes.subarray(at + (gone === 0 ? 0 : 1))
    return Buffer.from([...bytes.subarray(0, at), ...put, ...rest])
  })
}
