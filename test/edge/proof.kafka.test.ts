import { selfSigned } from '@freshet/testkit'
import { systemClock } from '@freshet/runtime'
import * as client from 'dpop'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { sidecarWorld, type SidecarWorld, type StartedSidecar } from './started-sidecar.ts'

const brokers = inject('kafkaBrokers')
/** As clients know the service. */
const PUBLIC = 'https://pay.example'
const URL_OF_APPROVE = `${PUBLIC}/approve`
const REQUIRED = 'require.groups=payments-approvers'

describe.runIf(brokers !== null)('started sidecars that get tokens bound to a key', () => {
  let behind: SidecarWorld
  let proving: StartedSidecar
  let plain: StartedSidecar
  let pair: client.KeyPair
  let token: string
  const hers = selfSigned('client', systemClock.nowMs())

  beforeAll(async () => {
    behind = await sidecarWorld(brokers ?? [])
    plain = await behind.start('plain')
    proving = await behind.start('proving', {
      FRESHET_PROOF: 'dpop,mtls',
      FRESHET_PROOF_URLS: PUBLIC,
      FRESHET_PROOF_CERT_HEADER: 'X-Client-Cert',
      FRESHET_PROOF_CERT_FORM: 'pem-url-encoded',
      FRESHET_PROOF_CERT_FROM: '127.0.0.1',
    })
    pair = await client.generateKeyPair('ES256')
    token = tokenWith({ jkt: await client.calculateThumbprint(pair.publicKey) })
  })
  afterAll(() => behind?.[Symbol.asyncDispose]())

  const tokenWith = (cnf?: object): string =>
    behind.world.token({ claims: { iss: behind.issuer, ...(cnf && { cnf }) } })
  const prove = (method = 'POST', bound = token): Promise<string> =>
    client.generateProof(pair, URL_OF_APPROVE, method, undefined, bound)
  const check = async (at: StartedSidecar, question: object): Promise<unknown> => {
    await behind.heartbeat()
    const response = await fetch(`${at.url}/v1/check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ require: { groups: ['payments-approvers'] }, ...question }),
    })
    return response.json()
  }
  /** Asks as a proxy does that says in headers what it was asked for. */
  const asProxy = async (path: string, headers: Readonly<Record<string, string>>) => {
    await behind.heartbeat()
    const asked = Object.fromEntries(
      ['forwarded', 'original'].flatMap((by) => [
        [`x-${by}-method`, 'POST'],
        [`x-${by}-uri`, '/approve?amount=5'],
      ]),
    )
    const url = `${proving.proxyUrl}${path}?${REQUIRED}`
    const response = await fetch(url, { headers: { ...asked, ...headers } })
    const body = (await response.json().catch(() => ({}))) as { code?: string }
    const code = response.headers.get('x-freshet-code') ?? body.code
    return { ok: response.ok, code, challenge: response.headers.get('www-authenticate') }
  }

  it('control: let in an unbound token, so that what is refused below is refused for its proof', async () => {
    const unbound = { token: tokenWith() }
    for (const at of [plain, proving])
      await expect.poll(() => check(at, unbound)).toMatchObject({ decision: 'allow' })
  })

  it('refuse them without FRESHET_PROOF, whatever proof comes with them', async () => {
    const proof = { dpop: await prove(), method: 'POST', url: '/approve' }
    const unproven = { decision: 'challenge', status: 401, code: 'token.unproven' }
    expect(await check(plain, { token, ...proof })).toMatchObject(unproven)
    expect(await check(plain, { token })).toMatchObject(unproven)
  })

  it('decide a DPoP proof of an independent client at /v1/check, once', async () => {
    const question = { token, dpop: await prove(), method: 'POST', url: '/approve?amount=5' }
    expect(await check(proving, question)).toMatchObject({ decision: 'allow' })
    expect(await check(proving, question)).toMatchObject({ status: 401, code: 'proof.invalid' })
    const other = { ...question, dpop: await prove('GET') }
    expect(await check(proving, other)).toMatchObject({ code: 'proof.invalid' })
    const asBearer = { ...question, dpop: await prove(), scheme: 'Bearer' }
    expect(await check(proving, asBearer)).toMatchObject({ code: 'token.unproven' })
  })

  it.each(['/authz/generic', '/authz/nginx'])('decide it at %s, once', async (path) => {
    const authorization = `DPoP ${token}`
    const proof = await prove()
    expect(await asProxy(path, { authorization, dpop: proof })).toMatchObject({ ok: true })
    const again = await asProxy(path, { authorization, dpop: proof })
    expect(again).toMatchObject({ ok: false, code: 'proof.invalid' })
    expect(again.challenge).toContain('DPoP error="invalid_dpop_proof"')
    expect(await asProxy(path, { authorization })).toMatchObject({ code: 'proof.invalid' })
    const forAnother = await prove('GET')
    expect(await asProxy(path, { authorization, dpop: forAnother })).toMatchObject({ ok: false })
    const stolen = { authorization: `Bearer ${token}`, dpop: await prove() }
    expect(await asProxy(path, stolen)).toMatchObject({ code: 'token.unproven' })
  })

  it('decide a client certificate by the header of the proxy that was named, and by no other', async () => {
    const authorization = `Bearer ${tokenWith({ 'x5t#S256': hers.thumbprint })}`
    const escaped = encodeURIComponent(hers.cert)
    const named = { authorization, 'x-client-cert': escaped }
    expect(await asProxy('/authz/generic', named)).toMatchObject({ ok: true })
    const other = encodeURIComponent(selfSigned('thief', systemClock.nowMs()).cert)
    for (const forged of [
      { 'x-client-cert': other },
      { 'ssl-client-cert': escaped, 'x-forwarded-client-cert': escaped },
      {},
    ])
      expect(await asProxy('/authz/generic', { authorization, ...forged })).toMatchObject({
        ok: false,
        code: 'token.unproven',
      })
  })
})
