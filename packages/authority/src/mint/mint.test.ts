import { generateKeyPairSync } from 'node:crypto'
import {
  denialKey,
  EMPTY_CLAIM,
  mergeStatement,
  scopeKey,
  UNTOUCHED_ACCOUNT,
  type MintSnapshot,
  type PartitionSnapshot,
  type Registry,
} from '@freshet/protocol'
import type { SigningKey, TimedSigningKey, VerifyKey } from '@freshet/wire'
import { acmeRegistry, ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import type { RecheckAnswer, MintedToken, MintQuery, MintStore, StaleMark } from './mint-store.ts'
import { mint, MINT_ATTEMPTS_MAX, type MintDependencies, type MintOrder } from './mint.ts'
import { readOwnToken, type OwnToken } from '../tokens/own-token.ts'

const NOW = 1_795_514_400_500
const ISSUER = 'https://tokens.example'
const alice = { tenant: 'acme', iss: 'https://idp.acme.example', sub: 'alice' }
const robot = { ...alice, sub: 'robot' }
const audience = {
  name: 'payments',
  claims: ['groups', 'entitlements', 'department'],
  ttlMs: 300_000,
  routes: new Map(),
}
const scopes = new Map(['read', 'write'].map((name) => [name, { require: new Map() }]))
const registry: Registry = acmeRegistry({ version: 3 })
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key: SigningKey = { kid: 'k1', alg: 'ES256', key: pair.privateKey }
const nextPair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const second: TimedSigningKey = { kid: 'k2', alg: 'ES256', key: nextPair.privateKey, addedMs: NOW }
const published: readonly VerifyKey[] = [
  { ...key, key: pair.publicKey },
  { ...second, key: nextPair.publicKey },
]
/** A token as this authority reads it, whose signature holds. */
const read = (jwt: string): OwnToken => readOwnToken(jwt, { keys: published, issuer: ISSUER })

const partition = (nextOffset: bigint): PartitionSnapshot => ({
  e: 1n,
  nextOffset,
  activePv: 3,
  activeHash: 'ab',
  throughMs: new Map(['hr', 'iga', 'security'].map((source) => [source, NOW])),
})
const version = { epoch: 0n, n: 1n }
const stated = mergeStatement(EMPTY_CLAIM, { op: 'set', values: ['a'], version })
/** The state of the subject and of its actor. */
const state = {
  claims: new Map([['groups', { source: 'hr', state: stated }]]),
  doubts: new Set<string>(),
  withdrawn: new Map(),
}
const party = (nextOffset: bigint) => ({
  partition: partition(nextOffset),
  known: true,
  account: UNTOUCHED_ACCOUNT,
  ...state,
})
const snapshot: MintSnapshot = {
  control: partition(912n),
  parties: [party(43_117n), party(7n)],
  ...state,
  denied: [],
}
const quiet: RecheckAnswer = { partitions: new Map(), watermarks: new Map(), denials: new Map() }
const overtaken: RecheckAnswer = {
  ...quiet,
  watermarks: new Map([
    [
      scopeKey({ kind: 'subject', subject: alice, claim: 'groups' }),
      { position: { e: 1n, offset: 43_118n }, source: 'hr', change: 'c9' },
    ],
  ]),
}

/** A store that notes what it was asked, in order, and answers looks from a list. */
class ScriptedStore implements MintStore {
  readonly calls: string[] = []
  readonly recorded: MintedToken[] = []
  readonly marks: StaleMark[] = []
  query: MintQuery | undefined
  rechecks: RecheckAnswer[] = []
  known: MintSnapshot = snapshot
  fault: Error | undefined
  onWithhold = (): void => {}

  snapshot(query: MintQuery): Promise<MintSnapshot> {
    this.calls.push('snapshot')
    this.query = query
    return Promise.resolve(this.known)
  }
  recordAndRecheck(minted: MintedToken): Promise<RecheckAnswer> {
    this.calls.push('recordAndLook')
    this.recorded.push(minted)
    if (this.fault !== undefined) return Promise.reject(this.fault)
    return Promise.resolve(this.rechecks.shift() ?? quiet)
  }
  withhold(_: unknown, mark: StaleMark): Promise<void> {
    this.calls.push('withhold')
    this.marks.push(mark)
    this.onWithhold()
    return Promise.resolve()
  }
}

let store: ScriptedStore
let deps: MintDependencies
beforeEach(() => {
  store = new ScriptedStore()
  let n = 0
  deps = {
    store,
    clock: new ManualClock(NOW),
    randomId: () => `j${(n += 1)}`,
    keys: () => [{ ...key, signsFromMs: 0 }, second],
    issuer: ISSUER,
    loaded: { registry, hash: 'ab' },
  }
})
const order = (more: Partial<MintOrder> = {}): MintOrder => ({
  tenant: 'acme',
  parties: [alice],
  client: 'web',
  audience,
  ...more,
})

describe('mint', () => {
  it('reads before it records, and looks before it releases (rules 4 and 5)', async () => {
    await mint(order(), deps)
    expect(store.calls).toEqual(['snapshot', 'recordAndLook'])
  })

  it('gives an RFC 9068 token with the content of the snapshot', async () => {
    const { jwt } = await mint(
      order({ sid: 's1', scopes: ['read', 'write'], audience: { ...audience, scopes } }),
      deps,
    )
    const { token, payload } = read(jwt)
    expect(token.kid).toBe('k1')
    expect({ ...payload }).toEqual({
      iss: ISSUER,
      sub: 'alice',
      aud: 'payments',
      iat: 1_795_514_400,
      exp: 1_795_514_700,
      jti: 'j1',
      client_id: 'web',
      scope: 'read write',
      sid: 's1',
      groups: ['a'],
      entitlements: [],
      freshet: { e: '1', s: '43117', c: '912', pv: 3, tenant: 'acme', subiss: alice.iss },
    })
  })

  it('is read by an edge as the token that was recorded, actors too (rule 24)', async () => {
    const { jwt } = await mint(order({ parties: [alice, robot] }), deps)
    const known = read(jwt).token
    const token = store.recorded[0]?.token
    // A scalar without a value stands in the ledger and not in the token.
    const claims = new Map([...(token?.claims ?? [])].filter(([name]) => name !== 'department'))
    expect(known).toEqual({ ...token, claims })
    expect(known.parties.map(({ label }) => label.s)).toEqual([43_117n, 7n])
  })

  it('records claims present, digest, hash of the registry and through', async () => {
    await mint(order(), deps)
    expect(store.recorded[0]).toMatchObject({
      audience: 'payments',
      iatMs: NOW,
      expMs: NOW + 300_000,
      registryHash: 'ab',
      present: ['groups', 'entitlements'],
      throughMs: new Map([
        ['hr', NOW],
        ['iga', NOW],
        ['security', NOW],
      ]),
    })
    expect(store.recorded[0]?.claimsDigest).toMatch(/^[\w-]{43}$/)
  })

  it('starts over under a new id when it was born stale, and releases the second (rule 5)', async () => {
    store.rechecks = [overtaken]
    const { jti } = await mint(order(), deps)
    expect(jti).toBe('j3')
    expect(store.calls).toEqual([
      'snapshot',
      'recordAndLook',
      'withhold',
      'snapshot',
      'recordAndLook',
    ])
    expect(store.marks).toEqual([
      { atMs: NOW, reason: 'claim-changed', source: 'hr', change: 'c9' },
    ])
  })

  it('gives up after a bounded number of attempts and releases nothing', async () => {
    store.rechecks = Array.from({ length: MINT_ATTEMPTS_MAX }, () => overtaken)
    await expect(mint(order(), deps)).rejects.toMatchObject({ code: 'mint.contended' })
    expect(store.marks).toHaveLength(MINT_ATTEMPTS_MAX)
  })

  it('takes the time before the snapshot, so a pause only shortens the life (rule 25)', async () => {
    const clock = deps.clock as ManualClock
    const slow: MintStore = {
      ...methodsOf(store),
      async snapshot(query) {
        clock.jumpWall(3_000)
        return await store.snapshot(query)
      },
    }
    const { iatMs, expMs } = await mint(order(), { ...deps, store: slow })
    expect([iatMs, expMs]).toEqual([NOW, NOW + 300_000])
  })

  it('lets no token leave whose record has an unknown outcome', async () => {
    store.fault = new Error('the connection broke')
    await expect(mint(order(), deps)).rejects.toThrow('the connection broke')
    expect(store.calls).toEqual(['snapshot', 'recordAndLook'])
    store.fault = undefined
    expect((await mint(order(), deps)).jti).toBe('j3')
  })

  it.each<[string, Partial<MintSnapshot>, string, RegExp]>([
    ['a claim in doubt', { doubts: new Set(['groups']) }, 'mint.doubtful', /Claim groups/],
    [
      'the silence of every source',
      { control: { ...partition(1n), throughMs: new Map() } },
      'mint.unverified',
      /^Every source .* partition 0: no heartbeat is recorded/,
    ],
    [
      'another active version',
      { control: { ...partition(1n), activePv: 4 } },
      'mint.not-active',
      /version 4 is active/,
    ],
    [
      'a denied session',
      { denied: [{ kind: 'session', id: 's1' } as const] },
      'grant.invalid',
      /session/,
    ],
    [
      'all our keys denied',
      { denied: ['k1', 'k2'].map((id) => ({ kind: 'key', id }) as const) },
      'keys.unusable',
      /key/,
    ],
    [
      'an unknown subject',
      { parties: [{ ...party(1n), known: false }] },
      'grant.invalid',
      /No source knows the subject/,
    ],
    [
      'an account that is off',
      { parties: [{ ...party(1n), account: { ...UNTOUCHED_ACCOUNT, state: 'disabled' } }] },
      'grant.invalid',
      /account of the subject/,
    ],
  ])('refuses %s, naming it, and records nothing', async (_, more, code, message) => {
    store.known = { ...snapshot, ...more }
    const refused = mint(order(), deps)
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(store.calls).toEqual(['snapshot'])
  })

  it('refuses more bytes than all claims of the audience may have together, and takes as many', async () => {
    // `["a"]` and two empty lists.
    const within = (maxBytes: number) => mint(order({ audience: { ...audience, maxBytes } }), deps)
    await expect(within(8)).rejects.toMatchObject({
      code: 'mint.too-large',
      message: 'Claims for payments have more than the 8 bytes they may have.',
    })
    expect(store.recorded).toEqual([])
    expect(await within(9)).toMatchObject({ jti: 'j1' })
  })

  it('asks for the sources of the claims, of the account and of cut-offs (rule 15)', async () => {
    await mint(order({ sid: 's1' }), deps)
    expect([...(store.query?.sources ?? [])].sort()).toEqual(['hr', 'iga', 'security'])
    expect(store.query?.denials.map(({ kind, id }) => [kind, id])).toEqual([
      ['issuer', ISSUER],
      ['session', 's1'],
      ['key', 'k1'],
      ['key', 'k2'],
    ])
  })

  it('goes on with the next key when the one in turn is denied (rule 23)', async () => {
    store.known = { ...snapshot, denied: [{ kind: 'key', id: 'k1' }] }
    expect(read((await mint(order(), deps)).jwt).token.kid).toBe('k2')
    expect(store.recorded[0]?.token.kid).toBe('k2')
  })

  it('starts over with the next key when the one in turn is denied while it signs (rule 5)', async () => {
    const denial = { tenant: 'acme', kind: 'key', id: 'k1' } as const
    store.rechecks = [
      { ...quiet, denials: new Map([[denialKey(denial), { source: 'security', change: 'd1' }]]) },
    ]
    store.onWithhold = () => {
      store.known = { ...snapshot, denied: [denial] }
    }
    const { jwt } = await mint(order(), deps)
    expect(read(jwt).token.kid).toBe('k2')
    expect(store.marks).toMatchObject([{ reason: 'key-denied', source: 'security', change: 'd1' }])
  })
})

function methodsOf(inner: ScriptedStore): MintStore {
  return {
    snapshot: (query) => inner.snapshot(query),
    recordAndRecheck: (minted) => inner.recordAndRecheck(minted),
    withhold: (token, mark) => inner.withhold(token, mark),
  }
}
