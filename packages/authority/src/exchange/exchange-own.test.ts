import {
  PARTITIONS,
  scopeKey,
  type Client,
  type JudgedToken,
  type Scope,
  type TokenParty,
} from '@freshet/protocol'
import { NOTHING_PUBLISHED, ACME_IDP, acmeRegistry, ManualClock } from '@freshet/testkit'
import { generateKey, importJwks, importSigningKey, type SigningKey } from '@freshet/wire'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ValidationRecheck } from '../access/decide-access.ts'
import { accessTokenPayload, signAccessToken } from '../mint/mint.ts'
import { ACCESS_TOKEN_TYPE, TOKEN_EXCHANGE } from './exchange-request.ts'
import { exchangeOrder, type ExchangeTerms } from './exchange.ts'

const NOW = 1_795_514_400_000
const US = 'https://tokens.example'
const label = { e: 1n, s: 10n, c: 5n }
const who = (sub: string) => ({ tenant: 'acme', iss: ACME_IDP, sub })
const party = (sub: string): TokenParty => ({ subject: who(sub), label })

/** The resource server `payments`, which calls `ledger`. */
const payments: Client = {
  id: 'payments-api',
  tenant: 'acme',
  subject: { iss: ACME_IDP, sub: 'payments' },
  audiences: ['ledger'],
  scopes: ['read', 'write', 'admin'],
  introspects: ['payments'],
}
const scopes = new Map(['read', 'write', 'admin'].map((name) => [name, { require: new Map() }]))
const audience = {
  name: 'ledger',
  claims: ['groups'],
  scopes,
  ttlMs: 300_000,
  routes: new Map(),
}
const web: Client = { ...payments, id: 'web', introspects: [] }
const registry = acmeRegistry({
  version: 3,
  audiences: new Map(['ledger', 'payments'].map((name) => [name, { ...audience, name }])),
  clients: new Map([payments, web].map((each) => [each.id, each])),
})

let key: SigningKey
let keys: ExchangeTerms['own']['keys']
let recheck: ValidationRecheck
let terms: ExchangeTerms
beforeAll(async () => {
  const made = await generateKey('ES256', 'k1')
  key = importSigningKey(made.privateJwk)
  keys = importJwks({ keys: [made.publicJwk] })
})
beforeEach(() => {
  const clock = new ManualClock(NOW)
  const loaded = { registry, hash: 'ab' }
  const throughMs = new Map(['hr', 'iga', 'security'].map((source) => [source, NOW]))
  const known = { e: 1n, activePv: 3, activeHash: 'ab', minimumPv: 1, throughMs }
  recheck = {
    partitions: new Map(PARTITIONS.map((number) => [number, known])),
    positions: new Map(PARTITIONS.map((number) => [number, { e: 1n, offset: 20n }])),
    watermarks: new Map(),
    denials: new Map(),
    isKnown: true,
  }
  const policies = { reads: () => expect.unreachable(), decide: () => expect.unreachable() }
  const validation = { recheckToValidate: async () => recheck }
  const judging = { validation, policies, clock, loaded, lifeMaxMs: 3_600_000 }
  const own = { issuer: US, keys, ...judging }
  terms = {
    loaded,
    issuer: US,
    clock,
    identityProviderKeys: () => [],
    publishedKeys: NOTHING_PUBLISHED,
    own,
  }
})

const ours = (more: Partial<JudgedToken> = {}, of: object = {}): string => {
  const token: JudgedToken = {
    tenant: 'acme',
    issuer: US,
    kid: 'k1',
    jti: 'j1',
    sid: 's1',
    client: 'web',
    pv: 3,
    parties: [party('alice')],
    claims: new Map([['groups', ['a']]]),
    ...more,
  }
  const times = { audience: 'payments', iatMs: NOW, expMs: NOW + 60_000, scopes: ['read', 'write'] }
  return signAccessToken(accessTokenPayload(token, { ...times, ...of }, registry), key)
}
const exchange = (
  subject: string,
  more: Readonly<Record<string, string>> = {},
  client: Client = payments,
) => {
  const form = {
    grant_type: TOKEN_EXCHANGE,
    subject_token: subject,
    subject_token_type: ACCESS_TOKEN_TYPE,
    audience: 'ledger',
    ...more,
  }
  return exchangeOrder(new URLSearchParams(form), client, terms)
}
const payloadOf = (jwt: string): Record<string, unknown> => {
  const [, payload = ''] = jwt.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}
const acting = (token: string) => ({ actor_token: token, actor_token_type: ACCESS_TOKEN_TYPE })
const raised = (scope: Scope): ValidationRecheck => {
  const watermark = { position: { e: 1n, offset: 11n }, source: 'hr', change: 'c9' }
  return { ...recheck, watermarks: new Map([[scopeKey(scope), watermark]]) }
}

describe('an access token that a resource server received and hands on', () => {
  it('is exchanged for one in which the server acts, no longer than it lives itself', async () => {
    expect(await exchange(ours())).toMatchObject({
      parties: [who('alice'), who('payments')],
      client: 'payments-api',
      sid: 's1',
      notAfterMs: NOW + 60_000,
      from: [{ jti: 'j1', sid: 's1', client: 'web', claims: new Map() }],
    })
  })

  it('is not exchanged where it is bound by cnf, as subject token or as actor token', async () => {
    const bound = signAccessToken({ ...payloadOf(ours()), cnf: { 'x5t#S256': 'thumbprint' } }, key)
    const unproven = { code: 'token.unproven' }
    await expect(exchange(bound)).rejects.toMatchObject(unproven)
    await expect(exchange(ours(), acting(bound))).rejects.toMatchObject(unproven)
  })

  it('keeps who acted before, the present actor first (RFC 8693 §4.1)', async () => {
    const { parties } = await exchange(ours({ parties: [party('alice'), party('web')] }))
    expect(parties.map(({ sub }) => sub)).toEqual(['alice', 'payments', 'web'])
  })

  it('may be used by an actor that is itself acted for', async () => {
    const agent = ours(
      { jti: 'j2', parties: [party('agent'), party('job')] },
      { expMs: NOW + 5_000 },
    )
    const { parties, notAfterMs } = await exchange(ours(), acting(agent))
    expect(parties.map(({ sub }) => sub)).toEqual(['alice', 'job', 'agent'])
    expect(notAfterMs).toBe(NOW + 5_000)
  })

  it('gives no more scope than it has', async () => {
    expect(await exchange(ours(), { scope: 'read' })).toMatchObject({ scopes: ['read'] })
    expect(await exchange(ours())).toMatchObject({ scopes: [] })
    await expect(exchange(ours(), { scope: 'read admin' })).rejects.toMatchObject({
      code: 'grant.scope',
    })
  })

  it('is refused where it has a scope that the registry does not give it (any more)', async () => {
    const invalid = { code: 'token.invalid' }
    await expect(exchange(ours({}, { scopes: ['read', 'root'] }))).rejects.toMatchObject(invalid)
    await expect(exchange(ours({ client: 'gone' }))).rejects.toMatchObject(invalid)
    // Control: without a scope its client counts for nothing here.
    expect(await exchange(ours({ client: 'gone' }, { scopes: [] }))).toMatchObject({ scopes: [] })
  })

  it('is refused where a claim that its scope is derived from is stale, although claims are read anew', async () => {
    const derived = ours({ scopedBy: ['groups'] })
    expect(await exchange(derived)).toMatchObject({
      from: [{ claims: new Map([['groups', ['a']]]) }],
    })
    recheck = raised({ kind: 'subject', subject: who('alice'), claim: 'groups' })
    await expect(exchange(derived)).rejects.toMatchObject({ code: 'token.invalid' })
    expect(await exchange(ours())).toMatchObject({ client: 'payments-api' })
  })

  it('is refused to a client that neither received it nor had it issued', async () => {
    const invalid = { code: 'token.invalid' }
    await expect(exchange(ours(), {}, { ...payments, introspects: [] })).rejects.toMatchObject(
      invalid,
    )
    await expect(exchange(ours(), {}, { ...payments, tenant: 'globex' })).rejects.toMatchObject(
      invalid,
    )
    expect(await exchange(ours(), {}, web)).toMatchObject({ client: 'web' })
  })

  it('is exchanged for no client without an actor', async () => {
    const { subject, ...nobody } = payments
    expect(subject?.sub).toBe('payments')
    await expect(exchange(ours(), {}, nobody)).rejects.toMatchObject({ code: 'grant.forbidden' })
  })

  it.each<[string, Scope]>([
    ['its subject was disabled', { kind: 'account', subject: who('alice') }],
    ['an actor of it was', { kind: 'account', subject: who('web') }],
    ['its client was cut off', { kind: 'client', tenant: 'acme', client: 'web' }],
  ])('is refused where %s since (rule 24)', async (_, scope) => {
    const delegated = ours({ parties: [party('alice'), party('web')] })
    expect(await exchange(delegated)).toMatchObject({ client: 'payments-api' })
    recheck = raised(scope)
    await expect(exchange(delegated)).rejects.toMatchObject({ code: 'token.invalid' })
  })

  it('is refused where it is over, forged or not in the ledger', async () => {
    const invalid = { code: 'token.invalid' }
    const over = ours({}, { iatMs: NOW - 60_000, expMs: NOW - 1_000 })
    await expect(exchange(over)).rejects.toMatchObject(invalid)
    const [head = '', body = ''] = ours().split('.')
    await expect(exchange(`${head}.${body}.${'A'.repeat(86)}`)).rejects.toMatchObject(invalid)
    recheck = { ...recheck, isKnown: false }
    await expect(exchange(ours())).rejects.toMatchObject(invalid)
  })

  it('has to wait while no source can confirm it', async () => {
    recheck = { ...recheck, positions: new Map() }
    await expect(exchange(ours())).rejects.toMatchObject({ code: 'mint.unverified' })
  })
})
