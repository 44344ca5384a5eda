import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { importJwks } from '../keys/jwks.ts'
import { generateKey, importSigningKey, type SigningKey, type VerifyKey } from '../keys/keys.ts'
import { issuanceDigest, type IssuanceFacts } from '../tokens/issuance-digest.ts'
import { decodeAuditEntry, encodeAuditEntry, type AuditEntry } from './audit-entry.ts'
import {
  chainAfter,
  chainStart,
  encodeAuditHead,
  readAuditHead,
  type AuditHead,
} from './audit-head.ts'
import { AUDIT_KINDS } from './audit-kinds.ts'

const entry: AuditEntry = {
  kind: 'policy-ordered',
  atMs: 1_795_514_400_123,
  tenant: '*',
  ref: '3',
  by: 'ann',
  detail: { minimum: 0, reason: 'reviewed\u0000“\ud800', forced: false, claim: null },
}

describe('an entry of the audit', () => {
  it.each(AUDIT_KINDS)(
    'of kind %s is read as it was written, in text that Postgres holds',
    (kind) => {
      const text = encodeAuditEntry({ ...entry, kind })
      expect(decodeAuditEntry(text)).toEqual({ ...entry, kind })
      expect(Buffer.from(text).toString()).toBe(text)
      expect(text).not.toContain('\0')
    },
  )

  it.each([
    '',
    '{',
    '[]',
    '{"kind":"policy-ordered"}',
    encodeAuditEntry(entry).replace('policy', 'x'),
  ])('is not read from %j', (text) => expect(decodeAuditEntry(text)).toBeUndefined())
})

describe('a chain', () => {
  it('is SHA-256 over 0x00, the hash before and the stored bytes', () => {
    const start = chainStart('control')
    const digest = createHash('sha256').update(Buffer.from([0]))
    digest.update(Buffer.from(start.hash, 'base64url')).update('é')
    expect(chainAfter(start, 'é')).toEqual({ n: 1n, hash: digest.digest('base64url') })
  })

  it('begins otherwise in each stream', () => {
    expect(chainStart('control').hash).not.toBe(chainStart('tokens').hash)
  })
})

describe('a head of the audit', () => {
  const head: AuditHead = { stream: 'control', ...chainStart('control'), n: 7n, atMs: entry.atMs }
  let key: SigningKey
  let keys: readonly VerifyKey[]
  beforeAll(async () => {
    const { privateJwk, publicJwk } = await generateKey('EdDSA', 'audit-1')
    key = importSigningKey(privateJwk)
    keys = importJwks({ keys: [publicJwk] })
  })

  it('is read as it was signed', () => {
    expect(readAuditHead(encodeAuditHead(head, key), keys)).toEqual({
      kind: 'head',
      head,
      kid: 'audit-1',
    })
  })

  it('with a changed byte is unauthentic', () => {
    const record = encodeAuditHead(head, key)
    const value = Buffer.from(String(Buffer.from(record.value ?? [])).replace('"7"', '"8"'))
    expect(readAuditHead({ ...record, value }, keys)).toEqual({ kind: 'unauthentic' })
  })

  it('names a key that is not given', () => {
    expect(readAuditHead(encodeAuditHead(head, key), [])).toEqual({
      kind: 'unknown-key',
      kid: 'audit-1',
    })
  })

  it('is not signed by a key of another algorithm', async () => {
    const other = importSigningKey((await generateKey('ES256', 'k')).privateJwk)
    expect(() => encodeAuditHead(head, other)).toThrow('not an Ed25519 key')
  })
})

describe('the digest of an issuance record', () => {
  const who = { jti: 'j1', tenant: 'acme', subject: '["acme","iss","alice"]', client: 'web' }
  const where = { audience: 'payments', kid: 'k1', pv: 3, registryHash: 'ab', e: 1n, s: 2n, c: 3n }
  const what = { iatMs: 1, expMs: 2, claims: ['groups'], claimsDigest: 'd' }
  const sources = new Map([
    ['hr', 1],
    ['iga', 2],
  ])
  const facts: IssuanceFacts = { ...who, ...where, ...what, through: sources }

  it('does not depend on the order of sources', () => {
    const through = new Map([...sources].toReversed())
    expect(issuanceDigest({ ...facts, through }, 's')).toBe(issuanceDigest(facts, 's'))
  })

  it.each(Object.keys(facts) as (keyof IssuanceFacts)[])('depends on %s', (name) => {
    const other = {
      ...facts,
      [name]: typeof facts[name] === 'bigint' ? 99n : name === 'through' ? new Map() : 'other',
    }
    expect(issuanceDigest(other as IssuanceFacts, 's')).not.toBe(issuanceDigest(facts, 's'))
  })

  it('reveals nothing to a reader who knows everything but the salt', () => {
    expect(issuanceDigest(facts, 's')).not.toBe(issuanceDigest(facts, 't'))
  })
})
