import { createHash, randomBytes, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partitionOf, PARTITIONS, subjectKey } from '@freshet/domain'
import {
  generateKey,
  importJwks,
  importSigningKey,
  readSigningKeySet,
  type SigningKey,
} from '@freshet/events'
import { postgresMintStore, postgresTokenPartitions } from '@freshet/postgres'
import { createApp, createLogger, systemClock } from '@freshet/runtime'
import { ACME_IDP, acmeRegistry } from '@freshet/testkit'
import type { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../test/setup/database.ts'
import { readCheckpointJwks } from './keys.ts'
import { addOpenApi } from './openapi.ts'
import { addAuthorityRoutes } from './routes.ts'

const US = 'https://tokens.example'
const SECRET = 'secret'
const FORM = 'application/x-www-form-urlencoded'
const alice = { tenant: 'acme', iss: ACME_IDP, sub: 'alice' }

let fresh: FreshDatabase
let dir: string
let idp: SigningKey
let app: Hono
const logged: string[] = []

beforeAll(async () => {
  fresh = await freshDatabase()
  await postgresTokenPartitions(fresh.db).ensure(Date.now(), Date.now() + 3_600_000)
  dir = await mkdtemp(join(tmpdir(), 'freshet-authority-'))
  app = await makeApp()
})
afterAll(async () => {
  await fresh.drop()
  await rm(dir, { recursive: true })
})

async function makeApp(): Promise<Hono> {
  const idpKey = await generateKey('ES256', 'idp-1')
  idp = importSigningKey(idpKey.privateJwk)
  const checkpointFile = join(dir, 'checkpoints.jwks.json')
  // A private half in the file is a mistake that must not be served.
  const checkpointKey = await generateKey('EdDSA', 'cp-1')
  await writeFile(checkpointFile, JSON.stringify({ keys: [checkpointKey.privateJwk] }))
  const logger = createLogger('test', 'info', { write: (line: string) => logged.push(line) })
  const made = createApp({
    logger,
    clock: systemClock,
    checks: {},
    signal: new AbortController().signal,
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
  })
  const keys = readSigningKeySet((await generateKey('ES256', 'k1')).privateJwk, 'ES256')
  const parts = {
    store: postgresMintStore(fresh.db),
    clock: systemClock,
    randomId: () => randomBytes(16).toString('base64url'),
    keys: () => keys,
    issuer: US,
    loaded: { registry: registry(), hash: 'ab' },
    identityProviderKeys: () => importJwks({ keys: [idpKey.publicJwk] }),
  }
  const checkpointJwks = () => readCheckpointJwks(checkpointFile, Date.now())
  addAuthorityRoutes(made, { exchange: parts, checkpointJwks, logger })
  addOpenApi(made)
  return made
}

function registry() {
  const secretHash = createHash('sha256').update(SECRET).digest('base64url')
  const client = { id: 'web', tenant: 'acme', secretHash, audiences: ['payments'] }
  const payments = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes: new Map() }
  return acmeRegistry({
    clients: new Map([['web', client]]),
    audiences: new Map([['payments', payments]]),
  })
}

const run = (text: string, values: unknown[] = []) => fresh.db.query({ name: '', text }, values)

/** As the reconciler leaves it: active, every source live, alice in group `a`. */
beforeEach(async () => {
  await run('truncate progress, feed, claim_state, doubt, token, issuance')
  for (const partition of PARTITIONS) {
    await run(
      `insert into progress (partition, e, next_offset, active_pv, active_hash) values ($1, 1, 5, 1, 'ab')`,
      [partition],
    )
    await run(
      `insert into feed (tenant, source, partition, complete, beyond, through_ms, halted)
       select 'acme', source, $1, 0, '{}', $2, false from unnest('{hr,iga,security}'::text[]) as source`,
      [partition, Date.now()],
    )
  }
  await run(
    `insert into claim_state (subject, claim, tenant, partition, source, floor_epoch, floor_n, elements)
     values ($1, 'groups', 'acme', $2, 'hr', 0, 1, '{"\\"a\\"": ["0", "1", true]}')`,
    [subjectKey(alice), partitionOf(alice)],
  )
})

const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
function identityToken(sub: string): string {
  const seconds = Math.floor(Date.now() / 1_000)
  const body = { iss: ACME_IDP, sub, aud: US, iat: seconds, exp: seconds + 60 }
  const input = `${part({ alg: 'ES256', kid: 'idp-1' })}.${part(body)}`
  const options = { key: idp.key, dsaEncoding: 'ieee-p1363' } as const
  return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`
}

async function exchange(sub = 'alice', headers: Record<string, string> = {}) {
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: identityToken(sub),
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    audience: 'payments',
  })
  const authorization = `Basic ${Buffer.from(`web:${SECRET}`).toString('base64')}`
  const response = await app.request('/oauth/token', {
    method: 'POST',
    headers: { authorization, 'content-type': FORM, ...headers },
    body: form.toString(),
  })
  return { response, body: (await response.json()) as Record<string, unknown> }
}

describe('POST /oauth/token', () => {
  test('gives a token whose ledger row and issuance are there when it leaves', async () => {
    const { response, body } = await exchange()
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) })
    const [, payload = ''] = String(body['access_token']).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string }
    expect(claims).toMatchObject({ groups: ['a'], freshet: { e: '1', s: '5', c: '5', pv: 1 } })
    const rows = await run(
      `select i.withheld, t.stale_at_ms from issuance i join token t using (jti) where jti = $1`,
      [claims.jti],
    )
    expect(rows.rows).toEqual([{ withheld: false, stale_at_ms: null }])
  })

  test('answers 503 with Retry-After while a source is silent (rule 15)', async () => {
    await run(`update feed set through_ms = 1 where source = 'security'`)
    const { response, body } = await exchange()
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(body).toMatchObject({ error: 'temporarily_unavailable', code: 'mint.unverified' })
    expect(body['error_description']).toMatch(/security/)
  })

  test('answers 503 naming the claim that is in doubt (rule 20)', async () => {
    await run(
      `insert into doubt (subject, claim, e, partition, log_offset, raised, settled)
       values ($1, 'groups', 1, 1, 3, true, false)`,
      [subjectKey(alice)],
    )
    const { response, body } = await exchange()
    expect(response.status).toBe(503)
    expect(body).toMatchObject({ code: 'mint.doubtful' })
    expect(body['error_description']).toMatch(/groups/)
  })

  test('refuses a subject that no source knows, and records nothing', async () => {
    const { response, body } = await exchange('nobody')
    expect(response.status).toBe(400)
    expect(body).toMatchObject({ error: 'invalid_request', code: 'grant.invalid' })
    expect((await run('select jti from issuance')).rows).toEqual([])
  })

  test('answers 401 with a challenge to a client without the right secret', async () => {
    const { response, body } = await exchange('alice', { authorization: 'Basic d2ViOm5v' })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect(body).toMatchObject({ error: 'invalid_client', code: 'request.unauthenticated' })
  })

  test('reads nothing but a form', async () => {
    const { response, body } = await exchange('alice', { 'content-type': 'application/json' })
    expect(response.status).toBe(400)
    expect(body).toMatchObject({ error: 'invalid_request' })
  })

  test('answers 413 to a body beyond the limit', async () => {
    const response = await app.request('/oauth/token', {
      method: 'POST',
      headers: { 'content-type': FORM },
      body: 'x'.repeat(300_000),
    })
    expect(response.status).toBe(413)
  })

  test('answers 500 without a word of the cause, and logs it once', async () => {
    logged.length = 0
    await run('alter table issuance rename to issuance_away')
    try {
      const { response, body } = await exchange()
      expect(response.status).toBe(500)
      expect(JSON.stringify(body)).not.toMatch(/issuance|42P01/)
      expect(logged).toHaveLength(1)
    } finally {
      await run('alter table issuance_away rename to issuance')
    }
  })
})

describe('documents', () => {
  test('the metadata names both key sets (RFC 8414)', async () => {
    const response = await app.request('/.well-known/oauth-authorization-server')
    expect(await response.json()).toMatchObject({
      issuer: US,
      token_endpoint: `${US}/oauth/token`,
      jwks_uri: `${US}/.well-known/jwks.json`,
      freshet_checkpoints_jwks_uri: `${US}/.well-known/freshet-checkpoints.jwks.json`,
    })
  })

  test('key sets hold public keys alone, even where the file holds more', async () => {
    for (const [path, alg] of [
      ['/.well-known/jwks.json', 'ES256'],
      ['/.well-known/freshet-checkpoints.jwks.json', 'EdDSA'],
    ]) {
      const response = await app.request(path ?? '')
      const set = (await response.json()) as { keys: Record<string, unknown>[] }
      expect(set.keys).toMatchObject([{ alg, use: 'sig' }])
      expect(set.keys[0]).not.toHaveProperty('d')
    }
  })

  test('the API describes itself', async () => {
    const response = await app.request('/openapi.json')
    expect(await response.json()).toMatchObject({ openapi: '3.1.0' })
  })
})
