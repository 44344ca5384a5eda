import { createHash } from 'node:crypto'
import { CLIENT_LIMITS, FreshetError, type Client, type JudgedToken } from '@freshet/protocol'
import { generateKey, importJwks, importSigningKey, type SigningKey } from '@freshet/wire'
import { ACME_IDP, acmeRegistry, hostileTokens, ManualClock, noLimits } from '@freshet/testkit'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accessTokenPayload, signAccessToken } from '../mint/mint.ts'
import { ClientBudgets } from '../clients/client-budgets.ts'
import { revokeToken, type RevokeDependencies, type RevokedToken } from './revoke-token.ts'

const NOW = 1_795_514_400_000
const US = 'https://tokens.example'
const SECRET = 'secret'
const secretHash = createHash('sha256').update(SECRET).digest('base64url')
const rights = { secretHash, audiences: ['payments'], introspects: [] }
const clients: readonly Client[] = [
  { ...rights, id: 'web', tenant: 'acme' },
  { ...rights, id: 'other', tenant: 'acme' },
]
const registry = acmeRegistry({ clients: new Map(clients.map((each) => [each.id, each])) })
const token: JudgedToken = {
  tenant: 'acme',
  issuer: US,
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 1,
  parties: [
    {
      subject: { tenant: 'acme', iss: ACME_IDP, sub: 'alice' },
      label: { e: 1n, s: 10n, c: 5n },
    },
  ],
  claims: new Map([['groups', ['a']]]),
}

let key: SigningKey
let clock: ManualClock
let denied: RevokedToken[]
let deps: RevokeDependencies
beforeAll(async () => {
  key = importSigningKey((await generateKey('ES256', 'k1')).privateJwk)
})
beforeEach(() => {
  denied = []
  clock = new ManualClock(NOW)
  deps = {
    keys: importJwks({ keys: [{ ...key.key.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' }] }),
    issuer: US,
    clock,
    budgets: new ClientBudgets(clock),
    loaded: { registry, hash: 'ab' },
    denials: {
      denyToken: (revoked) => {
        denied.push(revoked)
        return Promise.resolve()
      },
    },
    authentication: {
      clients: registry.clients,
      clientKeys: () => [],
      assertions: { use: () => Promise.resolve(true), forgetBefore: () => Promise.resolve(0) },
      issuer: US,
      clock,
    },
  }
})

const terms = { audience: 'payments', iatMs: NOW, expMs: NOW + 300_000 }
const payload = () => accessTokenPayload(token, terms, registry)
const jwtOf = (more: Partial<JudgedToken> = {}): string =>
  signAccessToken(accessTokenPayload({ ...token, ...more }, terms, registry), key)
const revoke = (jwt: string, by = 'web', more: Record<string, string> = {}) => {
  const authorization = `Basic ${Buffer.from(`${by}:${SECRET}`).toString('base64')}`
  const form = new URLSearchParams({ token: jwt, ...more })
  return revokeToken({ authorization, form, attempts: noLimits }, deps)
}

describe('revocation', () => {
  it('denies the id of the token, whether or not the ledger knows it (rule 39)', async () => {
    // There is no ledger among what it works with: the signature is enough.
    await revoke(jwtOf())
    expect(denied).toEqual([{ tenant: 'acme', jti: 'j1', expMs: NOW + 300_000 }])
  })

  it('beyond the limit of its client denies nothing and states when to come back', async () => {
    for (let n = 0; n < CLIENT_LIMITS.revoke.burst; n += 1) await revoke(jwtOf({ jti: `j${n}` }))
    const refused = { code: 'limit.reached', retryAfterMs: 500 }
    await expect(revoke(jwtOf({ jti: 'one-more' }))).rejects.toMatchObject(refused)
    expect(denied).toHaveLength(CLIENT_LIMITS.revoke.burst)
    // A request without a denial gets the usual answer.
    await revoke('a.b.c')
    await clock.advance(500)
    await revoke(jwtOf({ jti: 'one-more' }))
    expect(denied).toHaveLength(CLIENT_LIMITS.revoke.burst + 1)
  })

  it.each(['access_token', 'refresh_token', 'something'])('ignores the hint %s', async (hint) => {
    await revoke(jwtOf(), 'web', { token_type_hint: hint })
    expect(denied).toHaveLength(1)
  })

  it('refuses a token of another client, or of another tenant, and denies nothing', async () => {
    await expect(revoke(jwtOf(), 'other')).rejects.toMatchObject({ code: 'request.forbidden' })
    const foreign = jwtOf({ tenant: 'globex' })
    await expect(revoke(foreign)).rejects.toMatchObject({ code: 'request.forbidden' })
    expect(denied).toEqual([])
  })

  it('takes an expired token for revoked, but only after every clock shows that it expired', async () => {
    await clock.advance(301_999)
    await revoke(jwtOf())
    expect(denied).toHaveLength(1)
    await clock.advance(1)
    await revoke(jwtOf())
    expect(denied).toHaveLength(1)
  })

  it('takes what is no token of ours for revoked, in every way of being none (RFC 7009 §2.2)', async () => {
    const parts = { header: { alg: 'ES256', typ: 'at+jwt', kid: 'k1' }, payload: payload(), key }
    for (const [name, jwt] of hostileTokens(parts)) {
      if (jwt === '') continue
      await revoke(jwt).catch(() => denied.push({ tenant: 'failed', jti: name, expMs: 0 }))
    }
    expect(denied).toEqual([])
  })

  it('needs a client, and a token', async () => {
    const form = new URLSearchParams({ token: jwtOf() })
    const request = { authorization: undefined, form, attempts: noLimits }
    await expect(revokeToken(request, deps)).rejects.toMatchObject({
      code: 'request.unauthenticated',
    })
    await expect(revoke('')).rejects.toMatchObject({ code: 'request.malformed' })
    expect(denied).toEqual([])
  })

  it('fails where the denial did not reach the change topic', async () => {
    const away = new FreshetError('broker.unavailable', 'away')
    deps = { ...deps, denials: { denyToken: () => Promise.reject(away) } }
    await expect(revoke(jwtOf())).rejects.toBe(away)
  })
})
