import { createHash, sign } from 'node:crypto'
import {
  UNTOUCHED_ACCOUNT,
  type Client,
  type MintSnapshot,
  type PartitionSnapshot,
} from '@freshet/protocol'
import {
  generateKey,
  importJwks,
  importSigningKey,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { NOTHING_PUBLISHED, ACME_IDP, acmeRegistry, ManualClock, noLimits } from '@freshet/testkit'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readOwnToken } from '../tokens/own-token.ts'
import { Admission } from '../overload/admission.ts'
import { ClientBudgets } from '../clients/client-budgets.ts'
import { CLIENT_CREDENTIALS } from '../clients/client-credentials.ts'
import { TOKEN_EXCHANGE } from '../exchange/exchange-request.ts'
import { issueToken, type ExchangeDependencies } from './issue-token.ts'
import type { MintQuery } from './mint-store.ts'

const NOW = 1_795_514_400_000
const US = 'https://tokens.example'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const SECRET = 'correct horse: battery+staple'

const client: Client = {
  id: 'payments web',
  tenant: 'acme',
  secretHash: createHash('sha256').update(SECRET).digest('base64url'),
  audiences: ['payments', 'gone'],
  scopes: ['read', 'write', 'approve', 'elsewhere'],
  introspects: [],
}
const robot: Client = { ...client, id: 'nightly', subject: { iss: ACME_IDP, sub: 'robot' } }
const scopes = new Map([
  ...['read', 'write', 'admin'].map((name) => [name, { require: new Map() }] as const),
  ['approve', { require: new Map([['groups', ['approvers']]]) }] as const,
])
const audience = (name: string) =>
  [name, { name, claims: ['groups'], scopes, ttlMs: 300_000, routes: new Map() }] as const
const registry = acmeRegistry({
  clients: new Map([client, robot].map((each) => [each.id, each])),
  audiences: new Map([audience('payments'), audience('ledger')]),
})

let idp: SigningKey
let idpKeys: readonly VerifyKey[]
let ours: SigningKey
let published: readonly VerifyKey[]
beforeAll(async () => {
  const made = await generateKey('ES256', 'idp-1')
  idp = importSigningKey(made.privateJwk)
  idpKeys = importJwks({ keys: [made.publicJwk] })
  const own = await generateKey('ES256', 'k1')
  ours = importSigningKey(own.privateJwk)
  published = importJwks({ keys: [own.publicJwk] })
})

let mintQuery: MintQuery | undefined
let snapshotOf: (parties: number) => MintSnapshot
let deps: ExchangeDependencies
beforeEach(() => {
  mintQuery = undefined
  snapshotOf = known
  deps = {
    store: {
      snapshot: (query) => {
        mintQuery = query
        return Promise.resolve(snapshotOf(query.parties.length))
      },
      recordAndRecheck: () =>
        Promise.resolve({ partitions: new Map(), watermarks: new Map(), denials: new Map() }),
      withhold: () => Promise.resolve(),
    },
    clock: new ManualClock(NOW),
    randomId: () => 'j1',
    keys: () => [ours],
    issuer: US,
    loaded: { registry, hash: 'ab' },
    identityProviderKeys: (issuer) => (issuer === ACME_IDP ? idpKeys : []),
    publishedKeys: NOTHING_PUBLISHED,
    admission: new Admission({ clock: new ManualClock(NOW), random: () => 0 }),
    budgets: new ClientBudgets(new ManualClock(NOW)),
    own: {
      issuer: US,
      keys: [],
      validation: { recheckToValidate: () => expect.unreachable() },
      policies: { reads: () => expect.unreachable(), decide: () => expect.unreachable() },
      clock: new ManualClock(NOW),
      loaded: { registry, hash: 'ab' },
      lifeMaxMs: 3_600_000,
    },
    authentication: {
      clients: registry.clients,
      clientKeys: () => [],
      assertions: { use: () => Promise.resolve(true), forgetBefore: () => Promise.resolve(0) },
      issuer: US,
      clock: new ManualClock(NOW),
    },
  }
})

function known(parties: number): MintSnapshot {
  const partition: PartitionSnapshot = {
    e: 1n,
    nextOffset: 5n,
    activePv: registry.version,
    activeHash: 'ab',
    throughMs: new Map(['hr', 'iga', 'security'].map((source) => [source, NOW])),
  }
  const unsaid = { claims: new Map(), doubts: new Set<string>(), withdrawn: new Map() }
  const party = { partition, known: true, account: UNTOUCHED_ACCOUNT, ...unsaid }
  const actors = Array.from({ length: parties - 1 }, () => party)
  return { ...unsaid, control: partition, parties: [party, ...actors], denied: [] }
}

const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
function identityToken(sub = 'alice', more: object = {}): string {
  const seconds = NOW / 1_000
  const body = { iss: ACME_IDP, sub, aud: US, iat: seconds, exp: seconds + 60, ...more }
  const input = `${part({ alg: 'ES256', kid: 'idp-1', typ: 'JWT' })}.${part(body)}`
  const options = { key: idp.key, dsaEncoding: 'ieee-p1363' } as const
  return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`
}

const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`
const good = (): Record<string, string> => ({
  grant_type: TOKEN_EXCHANGE,
  subject_token: identityToken('alice', { sid: 's1', jti: 't1' }),
  subject_token_type: JWT,
  audience: 'payments',
})
const exchange = (
  form: Record<string, string> | URLSearchParams = good(),
  authorization: string | undefined = basic(client.id, SECRET),
) => issueToken({ authorization, form: new URLSearchParams(form), attempts: noLimits }, deps)
const payloadOf = (jwt: string) => readOwnToken(jwt, { keys: published, issuer: US }).payload

describe('a token exchange', () => {
  it('answers as RFC 8693 requires', async () => {
    const answer = await exchange({ ...good(), scope: 'read write' })
    expect(answer).toMatchObject({
      issued_token_type: ACCESS,
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'read write',
    })
    expect(payloadOf(answer.access_token)).toMatchObject({
      sub: 'alice',
      aud: 'payments',
      client_id: 'payments web',
      sid: 's1',
      scope: 'read write',
      groups: [],
    })
  })

  it('has no scope where none is asked for, and each scope once', async () => {
    const without = await exchange()
    expect(without).not.toHaveProperty('scope')
    expect(payloadOf(without.access_token)).not.toHaveProperty('scope')
    expect(await exchange({ ...good(), scope: 'read write read' })).toMatchObject({
      scope: 'read write',
    })
  })

  it('has no scope that is derived from a claim, for a subject without its values', async () => {
    await expect(exchange({ ...good(), scope: 'read approve' })).rejects.toMatchObject({
      code: 'grant.scope',
      message: 'Scope approve needs values of claim groups that the token would not have.',
    })
  })

  it('names the subject by the tenant of the client and the issuer of its token', async () => {
    await exchange()
    expect(mintQuery?.parties).toEqual([{ tenant: 'acme', iss: ACME_IDP, sub: 'alice' }])
  })

  it('gives an actor a label of its own under act (rule 24)', async () => {
    const actor = { actor_token: identityToken('robot'), actor_token_type: JWT }
    const { access_token: jwt } = await exchange({ ...good(), ...actor })
    expect(payloadOf(jwt)).toMatchObject({
      sub: 'alice',
      act: { iss: ACME_IDP, sub: 'robot', freshet: { e: '1', s: '5', c: '5', tenant: 'acme' } },
    })
  })

  it('lets only the actor act that the subject token names (RFC 8693 §4.4)', async () => {
    const actor = { actor_token: identityToken('robot'), actor_token_type: JWT }
    const naming = (mayAct: unknown) => ({
      ...good(),
      ...actor,
      subject_token: identityToken('alice', { may_act: mayAct }),
    })
    expect((await exchange(naming({ sub: 'robot' }))).token_type).toBe('Bearer')
    expect((await exchange(naming({ iss: ACME_IDP, sub: 'robot' }))).token_type).toBe('Bearer')
    for (const other of [
      { sub: 'other' },
      { iss: 'https://x.example', sub: 'robot' },
      {},
      'robot',
      null,
    ]) {
      await expect(exchange(naming(other))).rejects.toMatchObject({ code: 'token.invalid' })
    }
  })

  it('asks whether issuer, session or token of the identity were denied (rule 23)', async () => {
    await exchange()
    expect(mintQuery?.denials).toEqual(
      expect.arrayContaining([
        { tenant: 'acme', kind: 'issuer', id: ACME_IDP },
        { tenant: 'acme', kind: 'token', id: 't1' },
        { tenant: 'acme', kind: 'session', id: 's1' },
      ]),
    )
  })

  it('takes the target as resource too, and a requested type that it has', async () => {
    const { audience: target, ...form } = good()
    const asResource = { ...form, resource: target ?? '', requested_token_type: ACCESS }
    expect((await exchange(asResource)).token_type).toBe('Bearer')
  })

  it.each<[string, Record<string, string>, string]>([
    ['another grant', { grant_type: 'authorization_code' }, 'grant.unsupported'],
    ['no grant', { grant_type: '' }, 'grant.unsupported'],
    ['no subject token', { subject_token: '' }, 'request.malformed'],
    ['no type of the subject token', { subject_token_type: '' }, 'request.malformed'],
    ['an access token that is none of ours', { subject_token_type: ACCESS }, 'token.invalid'],
    ['a type without an actor token', { actor_token_type: JWT }, 'request.malformed'],
    ['an actor token without a type', { actor_token: 'x' }, 'request.malformed'],
    [
      'a refresh token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      'request.malformed',
    ],
    ['no audience', { audience: '' }, 'request.malformed'],
    ['an audience of others', { audience: 'ledger' }, 'grant.target'],
    ['an audience of nobody', { audience: 'nowhere' }, 'grant.target'],
    ['an audience that the registry lost', { audience: 'gone' }, 'grant.target'],
    ['two targets', { resource: 'ledger' }, 'grant.target'],
    ['a scope that is no list of names', { scope: 'a "b"' }, 'request.malformed'],
    ['a scope that the client does not have', { scope: 'admin' }, 'grant.scope'],
    ['a scope that the audience does not have', { scope: 'elsewhere' }, 'grant.scope'],
    ['one such scope among others', { scope: 'read admin' }, 'grant.scope'],
    ['a token that is none', { subject_token: 'a.b.c' }, 'token.invalid'],
  ])('refuses %s', async (_, more, code) => {
    await expect(exchange({ ...good(), ...more })).rejects.toMatchObject({ code })
    expect(mintQuery).toBeUndefined()
  })

  it('refuses a parameter that is there twice', async () => {
    const form = new URLSearchParams(good())
    form.append('subject_token', identityToken('mallory'))
    await expect(exchange(form)).rejects.toMatchObject({ code: 'request.malformed' })
  })

  it('asks a client for its credentials before anything else', async () => {
    const form = new URLSearchParams(good())
    const request = { authorization: undefined, form, attempts: noLimits }
    const code = 'request.unauthenticated'
    await expect(issueToken(request, deps)).rejects.toMatchObject({ code })
    expect(mintQuery).toBeUndefined()
  })
})

describe('client credentials', () => {
  const own = { grant_type: CLIENT_CREDENTIALS, audience: 'payments' }
  const issue = (form: Record<string, string> = own, id = robot.id) =>
    exchange(form, basic(id, SECRET))

  it('are answered with a token about the subject that the registry has for the client', async () => {
    const answer = await issue({ ...own, scope: 'read' })
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'read' })
    expect(answer).not.toHaveProperty('issued_token_type')
    expect(payloadOf(answer.access_token)).toMatchObject({
      sub: 'robot',
      client_id: 'nightly',
      aud: 'payments',
      groups: [],
      freshet: { e: '1', s: '5', c: '5', tenant: 'acme', subiss: ACME_IDP },
    })
    expect(mintQuery?.parties).toEqual([{ tenant: 'acme', iss: ACME_IDP, sub: 'robot' }])
  })

  it('need the same sources, account and policy version as an exchange', async () => {
    await issue()
    expect([...(mintQuery?.sources ?? [])].sort()).toEqual(['hr', 'security'])
    snapshotOf = (parties) => {
      const all = known(parties)
      return { ...all, parties: [{ ...all.parties[0], known: false }] }
    }
    await expect(issue()).rejects.toMatchObject({ code: 'grant.invalid' })
    snapshotOf = (parties) => {
      const all = known(parties)
      return { ...all, control: { ...all.control, activePv: 9 } }
    }
    await expect(issue()).rejects.toMatchObject({ code: 'mint.not-active' })
  })

  it('give nothing to a client without a subject: no claims are made up', async () => {
    await expect(issue(own, client.id)).rejects.toMatchObject({ code: 'grant.forbidden' })
    expect(mintQuery).toBeUndefined()
  })

  it.each<[string, Record<string, string>, string]>([
    ['no audience', { audience: '' }, 'request.malformed'],
    ['an audience of others', { audience: 'ledger' }, 'grant.target'],
    ['a scope that is no list of names', { scope: 'a "b"' }, 'request.malformed'],
    ['a scope that the client does not have', { scope: 'read admin' }, 'grant.scope'],
  ])('refuse %s', async (_, more, code) => {
    await expect(issue({ ...own, ...more })).rejects.toMatchObject({ code })
    expect(mintQuery).toBeUndefined()
  })
})
