import { createHash, X509Certificate } from 'node:crypto'
import type { CertificateForm } from '@freshet/edge'
import { askRaw, selfSigned, type RawRequest } from '@freshet/testkit'
import { systemClock } from '@freshet/runtime'
import * as client from 'dpop'
import { exportJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { prefixService, type PrefixService } from '../proxy/prefix-service.ts'
import type { Proxy } from '../proxy/proxy-process.ts'
import {
  carelessNginx,
  installedTls,
  SERVICE_NAME,
  TRUSTED,
  type TlsProxyKind,
} from '../proxy/tls-proxies.ts'
import { sidecarWorld, type SidecarWorld, type StartedSidecar } from './started-sidecar.ts'

const brokers = inject('kafkaBrokers')
/** The URL by which clients know the service. */
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
  /** Asks as a proxy does that names the client's request in headers. */
  const asProxy = async (path: string, headers: Readonly<Record<string, string>>) => {
    await behind.heartbeat()
    const forwardedHeaders = Object.fromEntries(
      ['forwarded', 'original'].flatMap((by) => [
        [`x-${by}-method`, 'POST'],
        [`x-${by}-uri`, '/approve?amount=5'],
      ]),
    )
    const url = `${proving.proxyUrl}${path}?${REQUIRED}`
    const response = await fetch(url, { headers: { ...forwardedHeaders, ...headers } })
    const body = (await response.json().catch(() => ({}))) as { code?: string }
    const code = response.headers.get('x-freshet-code') ?? body.code
    return { ok: response.ok, code, challenge: response.headers.get('www-authenticate') }
  }

  it('control: let in an unbound token, so that what is refused below is refused for its proof', async () => {
    const unbound = { token: tokenWith() }
    for (const at of [plain, proving])
      await expect.poll(() => check(at, unbound)).toMatchObject({ decision: 'allow' })
  })

  it('refuse a header member that is not accepted, of a token and of a proof', async () => {
    const withHeader = (header: Readonly<Record<string, unknown>>): string =>
      behind.world.token({ claims: { iss: behind.issuer }, header })
    const invalid = { status: 401, code: 'token.invalid' }
    for (const at of [plain, proving]) {
      expect(await check(at, { token: withHeader({ future: 'x' }) })).toMatchObject(invalid)
      // Control: the same token with an accepted member.
      const decision = await check(at, { token: withHeader({ x5t: 'x' }) })
      expect(decision).toMatchObject({ decision: 'allow' })
    }
    const proofWith = async (header: object): Promise<string> => {
      const ath = createHash('sha256').update(token).digest('base64url')
      const jwk = await exportJWK(pair.publicKey)
      return new SignJWT({ htm: 'POST', htu: URL_OF_APPROVE, ath })
        .setJti(JSON.stringify(header))
        .setIssuedAt()
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })
        .sign(pair.privateKey)
    }
    const bound = { token, method: 'POST', url: '/approve' }
    const unknown = { ...bound, dpop: await proofWith({ future: 'x' }) }
    expect(await check(proving, unknown)).toMatchObject({ status: 401, code: 'proof.invalid' })
    const accepted = { ...bound, dpop: await proofWith({ kid: 'k1' }) }
    expect(await check(proving, accepted)).toMatchObject({ decision: 'allow' })
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

  const thiefs = selfSigned('thief', systemClock.nowMs())
  type Header = NonNullable<RawRequest['headers']>[number]

  describe.runIf(installedTls.length > 0)('a service behind a proxy that ends TLS', () => {
    let service: PrefixService
    beforeAll(async () => {
      service = await prefixService()
    })
    afterAll(() => service[Symbol.asyncDispose]())

    const sidecarFor = ({ name, header, form }: TlsProxyKind): Promise<StartedSidecar> =>
      behind.start(name, {
        FRESHET_PROOF: 'mtls',
        FRESHET_PROOF_CERT_HEADER: header,
        FRESHET_PROOF_CERT_FORM: form,
        FRESHET_PROOF_CERT_FROM: '127.0.0.1',
      })
    const between = ({ proxyUrl }: StartedSidecar) => {
      return { sidecar: Number(new URL(proxyUrl).port), service: service.port }
    }
    const authorization = (): Header => {
      return ['authorization', `Bearer ${tokenWith({ 'x5t#S256': hers.thumbprint })}`]
    }
    /** Asks with a certificate, or with none, and with these headers. */
    const ask = async (proxy: Proxy, shown: object, headers: readonly Header[] = []) => {
      await behind.heartbeat()
      service.reached.length = 0
      const { status } = await askRaw(proxy.url, {
        method: 'POST',
        target: '/approve',
        host: SERVICE_NAME,
        headers: [authorization(), ...headers],
        tls: { ...TRUSTED, ...shown },
      })
      return { status, reached: service.reached.length }
    }
    const PASSED = { status: 200, reached: 1 }
    const REFUSED = { status: 401, reached: 0 }

    describe.each(installedTls)('$name', (kind) => {
      let sidecar: StartedSidecar
      let proxy: Proxy
      beforeAll(async () => {
        sidecar = await sidecarFor(kind)
        proxy = await kind.start(between(sidecar))
      })
      afterAll(() => proxy?.[Symbol.asyncDispose]())

      it('pass with the certificate that they are bound to', async () => {
        await expect.poll(() => ask(proxy, hers)).toEqual(PASSED)
      })

      it('are refused with another certificate, and without one', async () => {
        expect(await ask(proxy, thiefs)).toEqual(REFUSED)
        expect(await ask(proxy, {})).toEqual(REFUSED)
      })

      it('are refused with a header that the client forges', async () => {
        const forged: Header = [kind.header, written(kind.form, hers.cert)]
        for (const shown of [thiefs, {}])
          for (const headers of [
            [forged],
            [forged, forged],
            [forged, ['connection', kind.header] as const],
            [[kind.header.toUpperCase(), forged[1]] as const],
            [[kind.header.replaceAll('-', '_'), forged[1]] as const],
          ])
            expect(await ask(proxy, shown, headers)).toMatchObject({ reached: 0 })
      })

      it.runIf(process.platform === 'linux')(
        'are refused by that header straight at the sidecar from an address that it does not name',
        async () => {
          const statusFrom = async (from: string): Promise<number> => {
            await behind.heartbeat()
            const headers: Header[] = [
              authorization(),
              [kind.header, written(kind.form, hers.cert)],
              ['x-forwarded-method', 'POST'],
              ['x-forwarded-uri', '/approve'],
            ]
            const target = `/authz/generic?${REQUIRED}`
            return (await askRaw(sidecar.proxyUrl, { method: 'GET', target, headers, from })).status
          }
          expect(await statusFrom('127.0.0.2')).toBe(401)
          // Control: the address that it names.
          expect(await statusFrom('127.0.0.1')).toBe(200)
        },
      )
    })

    it.runIf(installedTls.some(({ name }) => name === carelessNginx.name))(
      'control: a proxy that does not overwrite the header lets a client forge it',
      async () => {
        await using proxy = await carelessNginx.start(between(proving))
        const forged = [[carelessNginx.header, written(carelessNginx.form, hers.cert)]] as const
        await expect.poll(() => ask(proxy, {})).toEqual(REFUSED)
        expect(await ask(proxy, {}, forged)).toEqual(PASSED)
      },
    )
  })
})

/** Returns a certificate in a proxy's form. */
function written(form: CertificateForm, pem: string): string {
  const { raw } = new X509Certificate(pem)
  switch (form) {
    case 'pem-url-encoded':
      return encodeURIComponent(pem)
    case 'der-base64':
      return raw.toString('base64')
    case 'envoy':
      return `Hash=${createHash('sha256').update(raw).digest('hex')}`
  }
}
