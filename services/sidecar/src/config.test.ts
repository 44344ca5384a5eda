import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sidecarConfig } from './config.ts'
import { proofHooks } from './proof-hooks.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-sidecar-config-'))
})
afterAll(() => rm(dir, { recursive: true }))

const env = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  FRESHET_ISSUER: 'https://tokens.example',
  FRESHET_AUDIENCE: 'payments',
}

describe('the room of the tables of a sidecar', () => {
  it('is the edge’s own by default', () => {
    expect(sidecarConfig(env).limits).toEqual({})
  })

  it('can be given for denials and for watermarks', () => {
    const given = { FRESHET_DENIALS_MAX: '400000', FRESHET_WATERMARKS_MAX: '5000000' }
    const limits = { denials: 400_000, watermarks: 5_000_000 }
    expect(sidecarConfig({ ...env, ...given }).limits).toEqual(limits)
  })

  it('can be given for verified tokens and for allows, by number and by bytes', () => {
    const given = {
      FRESHET_VERIFIED_TOKENS_MAX: '1000',
      FRESHET_VERIFIED_TOKEN_BYTES_MAX: '8000000',
      FRESHET_ALLOWS_MAX: '0',
      FRESHET_ALLOW_BYTES_MAX: '1000000',
    }
    expect(sidecarConfig({ ...env, ...given }).limits).toEqual({
      verifiedTokens: 1_000,
      verifiedTokenBytes: 8_000_000,
      allows: 0,
      allowBytes: 1_000_000,
    })
  })

  it.each([
    ['FRESHET_VERIFIED_TOKEN_BYTES_MAX', '999999'],
    ['FRESHET_ALLOW_BYTES_MAX', '64MB'],
    ['FRESHET_ALLOWS_MAX', '-1'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => sidecarConfig({ ...env, [name]: value })).toThrow(name)
  })

  it.each(['0', '10000001', 'many'])('is not %s', (places) => {
    const read = () => sidecarConfig({ ...env, FRESHET_DENIALS_MAX: places })
    expect(read).toThrow(/FRESHET_DENIALS_MAX/)
  })
})

describe('the client that the authority knows a sidecar as', () => {
  it('is no client by default, so that high-risk requests are denied', () => {
    expect(sidecarConfig(env).client).toBeUndefined()
  })

  it('is a client with its secret, which may be in a file', async () => {
    const as = { ...env, FRESHET_CLIENT_ID: 'payments-api' }
    const client = { id: 'payments-api', secret: 's3cret' }
    expect(sidecarConfig({ ...as, FRESHET_CLIENT_SECRET: 's3cret' }).client).toEqual(client)
    const file = join(dir, 'secret')
    await writeFile(file, 's3cret\n')
    expect(sidecarConfig({ ...as, FRESHET_CLIENT_SECRET_FILE: file }).client).toEqual(client)
  })

  it('is a client with the file of its key', () => {
    const as = { FRESHET_CLIENT_ID: 'payments-edge', FRESHET_CLIENT_KEY_FILE: '/run/key.json' }
    const client = { id: 'payments-edge', keyFile: '/run/key.json' }
    expect(sidecarConfig({ ...env, ...as }).client).toEqual(client)
  })

  it.each([
    { FRESHET_CLIENT_ID: 'payments-api' },
    { FRESHET_CLIENT_SECRET: 's3cret' },
    { FRESHET_CLIENT_KEY_FILE: '/run/key.json' },
    { FRESHET_CLIENT_ID: 'a', FRESHET_CLIENT_SECRET: 's3cret', FRESHET_CLIENT_KEY_FILE: '/key' },
  ])('has exactly one proof, and the error has no secret: %o', (wrong) => {
    const read = () => sidecarConfig({ ...env, ...wrong })
    expect(read).toThrow(/FRESHET_CLIENT_ID: set it together with one of FRESHET_CLIENT_SECRET/)
    expect(read).not.toThrow(/s3cret/)
  })
})

it('listens on loopback unless another address is set', () => {
  expect(sidecarConfig(env).host).toBe('127.0.0.1')
  expect(sidecarConfig({ ...env, FRESHET_HOST: '::' }).host).toBe('::')
  const read = () => sidecarConfig({ ...env, FRESHET_HOST: 'localhost' })
  expect(read).toThrow(/FRESHET_HOST: must be an IP address/)
})

describe('the proof of possession that a sidecar verifies', () => {
  const urls = { FRESHET_PROOF: 'dpop', FRESHET_PROOF_URLS: 'https://a.example, https://b.example' }
  const certificate = {
    FRESHET_PROOF_CERT_HEADER: 'x-client-cert',
    FRESHET_PROOF_CERT_FORM: 'pem-url-encoded',
    FRESHET_PROOF_CERT_FROM: '127.0.0.1',
  }

  it('is none by default', () => {
    expect(proofHooks(sidecarConfig(env))).toEqual([])
  })

  it('is DPoP, client certificates, or both', () => {
    const confirmed = (more: object): readonly string[] =>
      proofHooks(sidecarConfig({ ...env, ...more })).map(({ confirms }) => confirms)
    expect(confirmed(urls)).toEqual(['jkt'])
    expect(confirmed({ FRESHET_PROOF: 'mtls' })).toEqual(['x5t#S256'])
    const both = { ...urls, ...certificate, FRESHET_PROOF: 'dpop,mtls' }
    expect(confirmed(both)).toEqual(['jkt', 'x5t#S256'])
  })

  it.each([
    [{ FRESHET_PROOF: 'dpop' }, /FRESHET_PROOF_URLS/],
    [{ FRESHET_PROOF_URLS: 'https://a.example' }, /FRESHET_PROOF_URLS/],
    [{ FRESHET_PROOF: 'tls' }, /FRESHET_PROOF/],
    [{ FRESHET_PROOF_NONCE_SECRET: 'x'.repeat(32) }, /FRESHET_PROOF_NONCE_SECRET/],
    [{ ...urls, FRESHET_PROOF_NONCE_SECRET: 'short' }, /FRESHET_PROOF_NONCE_SECRET/],
    [certificate, /FRESHET_PROOF_CERT_HEADER/],
    [{ FRESHET_PROOF: 'mtls', FRESHET_PROOF_CERT_HEADER: 'x-cert' }, /FRESHET_PROOF_CERT_HEADER/],
  ])('is not half of it: %j', (half, pattern) => {
    expect(() => sidecarConfig({ ...env, ...half })).toThrow(pattern)
  })
})
