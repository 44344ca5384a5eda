import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admission, ClientBudgets } from '@freshet/authority'
import { createLogger } from '@freshet/runtime'
import { acmeRegistry, ManualClock } from '@freshet/testkit'
import { generateKey, publishedKeys, readSigningKeySet, type TimedSigningKey } from '@freshet/wire'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCheckpointJwks } from './open/open-keys.ts'
import { addAuthorityRoutes } from './routes.ts'

const TOKENS = '/.well-known/jwks.json'
const CHECKPOINTS = '/.well-known/freshet-checkpoints.jwks.json'

let clock: ManualClock
let dir: string
let app: Hono
let keys: readonly TimedSigningKey[]

beforeEach(async () => {
  clock = new ManualClock()
  dir = await mkdtemp(join(tmpdir(), 'freshet-key-sets-'))
  const never = (): never => {
    throw new Error('key sets need no store')
  }
  const issuer = 'https://tokens.example'
  const assertions = { use: never, forgetBefore: never }
  const random = never
  const issuing = {
    store: { snapshot: never, recordAndRecheck: never, withhold: never },
    clock,
    randomId: never,
    keys: () => keys,
    issuer,
    loaded: { registry: acmeRegistry(), hash: 'ab' },
    identityProviderKeys: () => [],
    publishedKeys: { of: never },
    admission: new Admission({ clock, random }),
    budgets: new ClientBudgets(clock),
    authentication: { clients: new Map(), clientKeys: () => [], assertions, issuer, clock },
  }
  const checkpointJwks = () => readCheckpointJwks(join(dir, 'checkpoints.json'), clock.nowMs())
  app = new Hono()
  addAuthorityRoutes(app, {
    issuer: issuing.issuer,
    issuing: () => issuing,
    ledger: { find: never, recheck: never },
    validation: { recheckToValidate: never },
    audit: { append: never },
    policies: never,
    denials: { denyToken: never },
    lifeMaxMs: 3_600_000,
    tokenKeys: publishedKeys(() => keys, clock),
    checkpointJwks,
    random,
    clock,
    logger: createLogger('test', 'silent'),
  })
})
afterEach(() => rm(dir, { recursive: true }))

const after = (ms: number): number => Math.floor((clock.nowMs() + ms) / 1_000)

/** A retiring key, one that signs, one that waits, and one that was revoked. */
async function jwksOf(alg: 'ES256' | 'EdDSA'): Promise<object> {
  const named = async (kid: string, times: object) => ({
    ...(await generateKey(alg, kid)).privateJwk,
    ...times,
  })
  return {
    keys: [
      await named('old', { nbf: 1, exp: after(60_000) }),
      await named('current', { nbf: 2 }),
      await named('next', { nbf: after(900_000) }),
      await named('bad', { nbf: 3, revoked: { revoked_at: 4 } }),
    ],
  }
}
const published = async (path: string): Promise<readonly unknown[]> => {
  const response = await app.request(path)
  expect(response.headers.get('cache-control')).toBe('public, max-age=300')
  const set = (await response.json()) as { keys: { kid: string; d?: string }[] }
  expect(set.keys.every((key) => key.d === undefined)).toBe(true)
  return set.keys.map(({ kid }) => kid)
}

describe('the key sets that the authority serves', () => {
  it.each([
    [TOKENS, 'ES256'],
    [CHECKPOINTS, 'EdDSA'],
  ] as const)(
    '%s holds next keys before they sign and retiring ones until their time is over',
    async (path, alg) => {
      const json = await jwksOf(alg)
      if (alg === 'ES256') keys = readSigningKeySet(json, alg)
      else await writeFile(join(dir, 'checkpoints.json'), JSON.stringify(json))
      expect(await published(path)).toEqual(['old', 'current', 'next'])
      await clock.advance(60_000)
      expect(await published(path)).toEqual(['current', 'next'])
    },
  )

  it('change with the process running', async () => {
    const [a, b] = await Promise.all(
      ['a', 'b'].map(async (kid) => (await generateKey('ES256', kid)).privateJwk),
    )
    keys = readSigningKeySet({ keys: [a] }, 'ES256')
    expect(await published(TOKENS)).toEqual(['a'])
    keys = readSigningKeySet({ keys: [a, b] }, 'ES256')
    expect(await published(TOKENS)).toEqual(['a', 'b'])
  })
})
