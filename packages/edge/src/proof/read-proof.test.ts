import { describe, expect, it } from 'vitest'
import { PROOF_ALGS, readProof, type ReadProof } from './read-proof.ts'

const jwk = { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }
const claims = { jti: 'j1', htm: 'POST', htu: 'https://pay.example/', iat: 1, ath: 'h' }
const encoded = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')

interface Flaw {
  readonly header?: object
  readonly payload?: string
  readonly signatureBytes?: number
}

/** A proof that nothing has verified yet, with one thing wrong or none. */
function proofOf({ header, payload = encoded(claims), signatureBytes = 64 }: Flaw = {}): string {
  const head = encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })
  return `${head}.${payload}.${Buffer.alloc(signatureBytes, 7).toString('base64url')}`
}

const read = (text: string): ReadProof => readProof(text, PROOF_ALGS)
const refusal = (rule: RegExp): unknown =>
  expect.objectContaining({
    code: 'proof.invalid',
    message: expect.stringMatching(rule) as string,
  })

describe('a DPoP proof, before any cryptography', () => {
  it.each<readonly [string, Flaw]>([
    ['as RFC 9449 shows it', {}],
    ['with a kid beside its key', { header: { kid: 'k1' } }],
    ['with a thumbprint of a certificate', { header: { x5t: 'x', 'x5t#S256': 'x' } }],
    ['of ES384', { header: { alg: 'ES384' }, signatureBytes: 96 }],
    ['of ES512', { header: { alg: 'ES512' }, signatureBytes: 132 }],
    ['of RS256, whose signature is as long as its key', { header: { alg: 'RS256' } }],
  ])('control: is read %s', (_, flaw) => {
    expect(read(proofOf(flaw))).toMatchObject({ jwk, claims: { jti: 'j1' } })
  })

  it.each<readonly [string, object]>([
    ['a critical extension', { crit: ['exp'] }],
    ['an unencoded payload', { b64: false }],
    ['a key set that it names', { jku: 'https://evil.example' }],
    ['a certificate that it brings', { x5c: ['MIIB'] }],
    ['a nonce, which is a claim', { nonce: 'n1' }],
    ['a member of the future', { future: 'x' }],
  ])('is refused with %s in its header', (_, header) => {
    expect(() => read(proofOf({ header }))).toThrow(
      refusal(/no header member beside typ, alg, jwk/),
    )
  })

  it.each<readonly [string, Flaw]>([
    ['no payload', { payload: '' }],
    ['a payload that is a list', { payload: encoded([claims]) }],
    ['spare bits in the last character of its payload', { payload: `${encoded(claims)}B` }],
    ['a signature that is no base64url', { signatureBytes: 0 }],
  ])('is no well-formed JWT with %s', (_, flaw) => {
    expect(() => read(proofOf(flaw))).toThrow(refusal(/one well-formed JWT/))
  })

  it('is no well-formed JWT in another spelling of its signature', () => {
    const [, last] = /^(.*)./.exec(proofOf()) ?? []
    for (const spare of ['x', 'y', 'z'])
      expect(() => read(`${last}${spare}`)).toThrow(refusal(/one well-formed JWT/))
    expect(read(`${last}w`).alg).toBe('ES256')
  })

  it.each([
    ['ES256', 63],
    ['ES256', 96],
    ['ES384', 64],
    ['ES512', 64],
    ['EdDSA', 114],
    ['Ed25519', 65],
  ])('is refused with a signature of %s of %i bytes', (alg, signatureBytes) => {
    const text = proofOf({ header: { alg }, signatureBytes })
    expect(() => read(text)).toThrow(refusal(/a signature as long as its alg makes it/))
  })
})
