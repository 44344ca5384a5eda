import { createHash } from 'node:crypto'
import { evaluateAccess, judgeToken, type JudgeDependencies, NO_POLICIES } from '@freshet/authority'
import {
  claimMapOf,
  judge,
  partitionOf,
  PARTITIONS,
  type JudgedToken,
  type KnownPosition,
  type Knowledge,
  type Label,
} from '@freshet/protocol'
import { encodeFreshetClaim, generateKey, importJwks, importSigningKey } from '@freshet/wire'
import {
  memoryAuditLog,
  MemoryDatabase,
  memoryMarkStore,
  memoryMintStore,
  memoryRecorderStore,
  memoryValidationStore,
} from '@freshet/memory'
import { recordBatch } from '@freshet/reconciler'
import {
  ACME_HASH,
  acmeRegistry,
  AMY,
  ASKS_NOTHING,
  changeTopic,
  groupsChange,
  hrOrigin,
  ManualClock,
  mintedToken,
  recordContext,
  signToken,
  noLimits,
} from '@freshet/testkit'
import { expect, test } from 'vitest'

/** Rules of the authority: judged as the product does, and by the state that the rule forbids to judge by. */

const ISSUER = 'https://tokens.acme.example'
const STEP = { rows: 2, marks: 9, after: '' }

async function recorded() {
  const clock = new ManualClock()
  const database = new MemoryDatabase()
  const store = memoryRecorderStore(database)
  await store.ensureProgress(PARTITIONS, 1n)
  const topic = changeTopic(clock)
  topic.activate(1)
  const record = async (): Promise<void> => {
    for (const partition of PARTITIONS) {
      const { e, nextOffset } = await store.progress(partition)
      const records = topic.records(partition).slice(Number(nextOffset))
      await recordBatch(recordContext(store, clock), records, { e, nextOffset, receivedAtMs: 0 })
    }
  }
  const sendHeartbeats = (): void =>
    ['hr', 'iga', 'security'].forEach((source) => topic.putHeartbeat(source, clock.nowMs()))
  sendHeartbeats()
  await record()
  const ledger = memoryMintStore(database)
  const loaded = { registry: acmeRegistry(), hash: ACME_HASH }
  const deps: JudgeDependencies = { ledger, clock, loaded, issuer: ISSUER, keys: [] }
  return { clock, database, store, topic, record, beat: sendHeartbeats, ledger, deps }
}

type Recorded = Awaited<ReturnType<typeof recorded>>

/** Mints a token of Amy that is in the ledger. */
async function minted(
  { ledger }: Recorded,
  jti: string,
  label: Label = { e: 1n, s: 9n, c: 4n },
): Promise<JudgedToken> {
  const parties = [{ subject: AMY, label }] as const
  const claims = new Map([['groups', ['x']]])
  const made = mintedToken(jti, { issuer: ISSUER, pv: 1, parties, claims })
  await ledger.recordAndRecheck(made, ASKS_NOTHING)
  return made.token
}

test('rule 22: a token is stale before its mark is made; control: by marks it passes', async () => {
  const at = await recorded()
  const tokens = await Promise.all(['t1', 't2', 't3'].map((jti) => minted(at, jti)))
  at.topic.put({ ...hrOrigin('w1', 1), kind: 'value-withdrawn', claim: 'groups', value: 'x' })
  await at.record()
  await memoryMarkStore(at.database).markSome(STEP)
  for (const token of tokens)
    expect((await judgeToken(token, at.deps)).get('groups')).toMatchObject({ kind: 'stale' })
  const byMarks = tokens.map(({ jti }) => at.database.tokens.get(jti)?.stale === null)
  expect(byMarks).toContain(true)
})

test('rule 22: a silent source is unverified; control: without the authority’s own leases it is fresh', async () => {
  const at = await recorded()
  const token = await minted(at, 't1')
  expect((await judgeToken(token, at.deps)).get('groups')).toEqual({ kind: 'fresh' })
  await at.clock.advance(5_001)
  expect((await judgeToken(token, at.deps)).get('groups')).toMatchObject({ kind: 'unverified' })
  const endless = new Map(
    [...acmeRegistry().sources].map(([id, source]) => [id, { ...source, leaseMs: Infinity }]),
  )
  const registry = acmeRegistry({ sources: endless })
  const without = { ...at.deps, loaded: { ...at.deps.loaded, registry } }
  expect((await judgeToken(token, without)).get('groups')).toEqual({ kind: 'fresh' })
})

test('rule 39: a token that a failover lost is denied by its id; control: through its row in the ledger it passes', async () => {
  const at = await recorded()
  const token = await minted(at, 't1')
  at.database.tokens.delete('t1')
  at.topic.put({
    ...hrOrigin('d1', 1),
    source: 'security',
    kind: 'deny',
    scope: 'token',
    target: 't1',
  })
  await at.record()
  expect((await judgeToken(token, at.deps)).get('groups')).toMatchObject({ kind: 'stale' })
  await memoryMarkStore(at.database).markSome(STEP)
  const byLedger: Knowledge = {
    map: claimMapOf(acmeRegistry()),
    minimumPv: 0,
    incarnation: () => 1n,
    watermark: () => undefined,
    denial: ({ id }) => at.database.tokens.get(id)?.stale ?? undefined,
    trust: () => ({ fresh: true }),
  }
  expect(judge(token, 'groups', byLedger).kind).toBe('fresh')
})

/** Asks the authority about a token as a resource server that has read as far as `positions`. */
async function asking({ database, clock, deps }: Recorded, token: JudgedToken) {
  const key = await generateKey('ES256', token.kid)
  const secretHash = createHash('sha256').update('secret').digest('base64url')
  const server = { id: 'api', tenant: 'acme', secretHash, audiences: [], introspects: ['payments'] }
  const assertions = { use: () => Promise.resolve(true), forgetBefore: () => Promise.resolve(0) }
  const clients = new Map([['api', server]])
  const shared = { clientKeys: () => [], assertions, issuer: ISSUER, clock }
  const seconds = clock.nowMs() / 1_000
  const [{ label }] = token.parties
  const payload = {
    iss: ISSUER,
    sub: AMY.sub,
    aud: 'payments',
    iat: seconds,
    exp: seconds + 300,
    jti: token.jti,
    client_id: token.client,
    groups: ['x'],
    freshet: encodeFreshetClaim(label, token, AMY.iss),
  }
  const header = { alg: 'ES256', typ: 'at+jwt', kid: token.kid }
  const jwt = signToken(header, payload, importSigningKey(key.privateJwk))
  return async (positions: readonly KnownPosition[]): Promise<unknown> => {
    const authorization = `Basic ${Buffer.from('api:secret').toString('base64')}`
    const evaluation = { subject: AMY.sub, audience: 'payments', token: jwt, positions }
    const answer = await evaluateAccess(
      { authorization, attempts: noLimits, readEvaluation: () => evaluation },
      {
        ...deps,
        keys: importJwks({ keys: [key.publicJwk] }),
        validation: memoryValidationStore(database),
        audit: memoryAuditLog(database),
        policies: NO_POLICIES,
        authentication: { ...shared, clients },
        lifeMaxMs: 3_600_000,
      },
    )
    return answer.verdicts.get('groups')
  }
}

test('rule 40: put back to before a loss, the authority vouches for nothing to who has read it; control: without the asker’s positions it lets the lost claim through', async () => {
  const at = await recorded()
  const P = partitionOf(AMY)
  at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
  await at.record()
  const [s, c] = [await at.store.progress(P), await at.store.progress(0)]
  const token = await minted(at, 't1', { e: 1n, s: s.nextOffset, c: c.nextOffset })
  const ask = await asking(at, token)
  const restore = at.database.backup()
  at.topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 }))
  await at.record()
  const { e, nextOffset: offset } = await at.store.progress(P)
  const read = [{ partition: P, e, offset }]
  expect(await ask(read)).toMatchObject({ kind: 'stale', change: 'a2' })
  await restore()
  expect(await ask(read)).toMatchObject({ kind: 'unverified', reason: 'authority-behind' })
  expect(await ask([])).toEqual({ kind: 'fresh' })
})
