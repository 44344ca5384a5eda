import {
  denialKey,
  PARTITIONS,
  scopeKey,
  type Claim,
  type Denial,
  type JudgedToken,
  type Scope,
} from '@freshet/protocol'
import { generateKey, importJwks, importSigningKey, type SigningKey } from '@freshet/wire'
import {
  acmeRegistry,
  hostileTokens,
  JUDGED,
  judgedToken,
  liveRecheck,
  livePartition,
  ManualClock,
  resourceServer,
  noLimits,
} from '@freshet/testkit'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accessTokenPayload, signAccessToken } from '../mint/mint.ts'
import { introspectToken, type IntrospectDependencies } from './introspect-token.ts'
import type { RecheckAnswer } from '../mint/mint-store.ts'

const { atMs: NOW, issuer: US, subject: alice, cause, secret: SECRET } = JUDGED
const SECONDS = NOW / 1_000

const clients = [
  { ...resourceServer('web', []), scopes: ['read'] },
  resourceServer('payments-api', ['payments']),
  resourceServer('ledger-api', ['ledger']),
  resourceServer('globex-api', ['payments'], { tenant: 'globex' }),
]
const payments = {
  name: 'payments',
  claims: ['groups', 'department'],
  scopes: new Map([['read', { require: new Map() }]]),
  ttlMs: 300_000,
  routes: new Map(),
}
const registry = acmeRegistry({
  version: 3,
  clients: new Map(clients.map((each) => [each.id, each])),
  audiences: new Map([['payments', payments]]),
})

const token = judgedToken()

const raised = (scope: Scope): RecheckAnswer =>
  liveRecheck({
    watermarks: new Map([[scopeKey(scope), { position: { e: 1n, offset: 11n }, ...cause }]]),
  })
const denied = (denial: Denial): RecheckAnswer =>
  liveRecheck({ denials: new Map([[denialKey(denial), cause]]) })

let key: SigningKey
let answer: RecheckAnswer
let rechecks: number
let clock: ManualClock
let deps: IntrospectDependencies
beforeAll(async () => {
  key = importSigningKey((await generateKey('ES256', 'k1')).privateJwk)
})
beforeEach(() => {
  answer = liveRecheck()
  rechecks = 0
  clock = new ManualClock(NOW)
  deps = {
    ledger: {
      find: () => Promise.resolve(undefined),
      recheck: () => {
        rechecks += 1
        return Promise.resolve(answer)
      },
    },
    clock,
    loaded: { registry, hash: 'ab' },
    issuer: US,
    keys: importJwks({ keys: [{ ...key.key.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' }] }),
    lifeMaxMs: 3_600_000,
    authentication: {
      clients: registry.clients,
      clientKeys: () => [],
      assertions: { use: () => Promise.resolve(true), forgetBefore: () => Promise.resolve(0) },
      issuer: US,
      clock,
    },
  }
})

const terms = { audience: 'payments', iatMs: NOW, expMs: NOW + 300_000, scopes: ['read'] }
const payloadOf = (more: Partial<JudgedToken> = {}) =>
  accessTokenPayload({ ...token, ...more }, terms, registry)
const jwtOf = (more: Partial<JudgedToken> = {}, payload: object = {}): string =>
  signAccessToken({ ...payloadOf(more), ...payload }, key)
const introspect = (jwt: string, by = 'payments-api', more: Record<string, string> = {}) => {
  const authorization = `Basic ${Buffer.from(`${by}:${SECRET}`).toString('base64')}`
  return introspectToken(
    {
      authorization,
      form: new URLSearchParams({ token: jwt, ...more }),
      attempts: noLimits,
    },
    deps,
  )
}
const FRESH = { verdict: 'fresh' }

describe('a resource server that introspects', () => {
  it('calls a token inactive that has a scope which the registry does not give its client', async () => {
    expect(await introspect(jwtOf({}, { scope: 'read admin' }))).toEqual({ active: false })
    expect(await introspect(jwtOf({}, { scope: 'read' }))).toMatchObject({ active: true })
  })

  it('returns an active token with its claims, and the verdict on each (RFC 7662 §2.2)', async () => {
    expect(await introspect(jwtOf())).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: US,
      sub: 'alice',
      aud: 'payments',
      client_id: 'web',
      scope: 'read',
      iat: SECONDS,
      exp: SECONDS + 300,
      jti: 'j1',
      groups: ['a'],
      department: 'sales',
      freshet: { claims: { groups: FRESH } },
    })
  })

  it('gets no active answer for a token that is bound by cnf: it could take it as a bearer token', async () => {
    expect(await introspect(jwtOf({}, { cnf: { jkt: 'thumbprint' } }))).toEqual({ active: false })
  })

  it('returns which claim is stale, why, and by which change; and nothing else', async () => {
    answer = raised({ kind: 'subject', subject: alice, claim: 'groups' })
    expect(await introspect(jwtOf())).toEqual({
      active: false,
      freshet: {
        claims: {
          groups: { verdict: 'stale', reason: 'claim-changed', change: 'c9' },
        },
      },
    })
  })

  it('returns which source is silent, and since when', async () => {
    const quiet = livePartition({ throughMs: new Map([['hr', NOW - 5_001]]) })
    answer = liveRecheck({ partitions: new Map(PARTITIONS.map((number) => [number, quiet])) })
    expect(await introspect(jwtOf())).toMatchObject({
      active: false,
      freshet: {
        claims: {
          groups: {
            verdict: 'unverified',
            source: 'hr',
            since: new Date(NOW - 5_001).toISOString(),
          },
        },
      },
    })
  })

  it('finds a token active whose descriptive claim alone is old, and has no verdict on that one', async () => {
    answer = raised({ kind: 'subject', subject: alice, claim: 'department' })
    expect(await introspect(jwtOf())).toMatchObject({
      active: true,
      department: 'sales',
      freshet: { claims: { groups: FRESH } },
    })
  })

  it('finds a token inactive by a restriction of its audience that it does not carry (rule 24)', async () => {
    const groups = registry.claims.get('groups') as Claim
    const holds: Claim = { ...groups, name: 'holds', polarity: 'restrict' }
    const bound = { ...payments, claims: [...payments.claims, 'holds'] }
    const restricting = (audience: string) => ({
      ...registry,
      claims: new Map([...registry.claims, ['holds', holds]]),
      audiences: new Map([...registry.audiences, [audience, { ...bound, name: audience }]]),
    })
    deps = { ...deps, loaded: { registry: restricting('payments'), hash: 'ab' } }
    expect(await introspect(jwtOf())).toMatchObject({
      active: true,
      freshet: { claims: { groups: FRESH, holds: FRESH } },
    })
    answer = raised({ kind: 'subject', subject: alice, claim: 'holds' })
    expect(await introspect(jwtOf())).toMatchObject({
      active: false,
      freshet: { claims: { groups: FRESH, holds: { reason: 'claim-changed' } } },
    })
    // Control: where another audience carries it, it binds no token for this one.
    deps = { ...deps, loaded: { registry: restricting('ledger'), hash: 'ab' } }
    expect(await introspect(jwtOf())).toMatchObject({ active: true })
  })

  it('has a token without authoritative claims judged itself', async () => {
    const bare = { claims: new Map() }
    expect(await introspect(jwtOf(bare))).toMatchObject({
      active: true,
      freshet: { claims: {}, token: FRESH },
    })
    answer = raised({ kind: 'account', subject: alice })
    expect(await introspect(jwtOf(bare))).toEqual({
      active: false,
      freshet: { claims: {}, token: { verdict: 'stale', reason: 'account', change: 'c9' } },
    })
    const descriptive = { claims: new Map([['department', ['sales']]]) }
    expect(await introspect(jwtOf(descriptive))).toMatchObject({ active: false })
  })

  it.each<Denial['kind']>(['token', 'session', 'key', 'issuer'])(
    'finds a token inactive by a denial of its %s (rule 23)',
    async (kind) => {
      const id = { token: 'j1', session: 's1', key: 'k1', issuer: US }[kind]
      expect(await introspect(jwtOf({ sid: 's1' }))).toMatchObject({ active: true })
      answer = denied({ tenant: 'acme', kind, id })
      expect(await introspect(jwtOf({ sid: 's1' }))).toMatchObject({
        active: false,
        freshet: { claims: { groups: { reason: `${kind}-denied`, change: 'c9' } } },
      })
    },
  )

  it('returns the same for each form of the signature: the id counts', async () => {
    const [header = '', payload = '', signature = ''] = jwtOf().split('.')
    const bytes = Buffer.from(signature, 'base64url')
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    const half = Buffer.from(s.toString(16).padStart(64, '0'), 'hex')
    const twin = Buffer.concat([bytes.subarray(0, 32), half]).toString('base64url')
    const jwt = `${header}.${payload}.${twin}`
    expect(await introspect(jwt)).toMatchObject({ active: true })
    answer = denied({ tenant: 'acme', kind: 'token', id: 'j1' })
    expect(await introspect(jwt)).toMatchObject({ active: false })
  })

  it('finds nothing active while another policy version is active (rule 21)', async () => {
    answer = liveRecheck({
      partitions: new Map(
        PARTITIONS.map((number) => [number, livePartition({ activeHash: 'cd' })]),
      ),
    })
    expect(await introspect(jwtOf())).toMatchObject({ active: false })
  })
})

describe('a token is inactive, without a reason,', () => {
  it.each<[string, object]>([
    ['that has expired', { exp: SECONDS }],
    ['of the future', { iat: SECONDS + 3 }],
    ['that is not valid yet', { nbf: SECONDS + 3 }],
    ['with an nbf that is no time', { nbf: 'now' }],
    ['that lives longer than T_max, whoever signed it (rule 25)', { exp: SECONDS + 3_601 }],
  ])('%s', async (_, payload) => {
    expect(await introspect(jwtOf({}, payload))).toEqual({ active: false })
    expect(rechecks).toBe(0)
  })

  it.each<[string, string]>([
    ['that asks for itself', 'web'],
    ['of another audience', 'ledger-api'],
    ['of the audience in another tenant', 'globex-api'],
  ])('for a client %s', async (_, by) => {
    expect(await introspect(jwtOf(), by)).toEqual({ active: false })
    expect(rechecks).toBe(0)
  })

  it('that is none of ours, in every way of being none', async () => {
    const parts = { header: { alg: 'ES256', typ: 'at+jwt', kid: 'k1' }, payload: payloadOf(), key }
    // The control: the good one that all of them were made of.
    expect(await introspect(jwtOf())).toMatchObject({ active: true })
    rechecks = 0
    const active: string[] = []
    for (const [name, jwt] of hostileTokens(parts)) {
      if (jwt !== '' && (await introspect(jwt)).active) active.push(name)
    }
    expect(active).toEqual([])
    expect(rechecks).toBe(0)
  })
})

describe('a question', () => {
  it('needs a client, and a token', async () => {
    const form = new URLSearchParams({ token: jwtOf() })
    const request = { authorization: undefined, form, attempts: noLimits }
    await expect(introspectToken(request, deps)).rejects.toMatchObject({
      code: 'request.unauthenticated',
    })
    await expect(introspect('')).rejects.toMatchObject({ code: 'request.malformed' })
  })

  it('may carry any hint', async () => {
    const hints = ['access_token', 'refresh_token', 'something']
    for (const token_type_hint of hints) {
      const introspection = await introspect(jwtOf(), 'payments-api', { token_type_hint })
      expect(introspection).toMatchObject({ active: true })
    }
  })

  it('that cannot be answered fails, and the error has nothing about the token', async () => {
    const away = new Error('away')
    deps = { ...deps, ledger: { ...deps.ledger, recheck: () => Promise.reject(away) } }
    await expect(introspect(jwtOf())).rejects.toBe(away)
  })
})

describe('a token that leaves out a claim', () => {
  const omitted = new Map([['entitlements', 'over']] as const)

  it('is active by its own content, and the answer names the claims that are unverified', async () => {
    const introspection = await introspect(jwtOf({ omitted }))
    expect(introspection).toMatchObject({ active: true, groups: ['a'] })
    expect(introspection.freshet?.claims).toEqual({
      groups: { verdict: 'fresh' },
      entitlements: { verdict: 'unverified', source: 'freshet', reason: 'omitted-over' },
    })
  })

  it('control: the answer names none of a token that has them', async () => {
    expect((await introspect(jwtOf())).freshet?.claims).toEqual({ groups: { verdict: 'fresh' } })
  })
})
