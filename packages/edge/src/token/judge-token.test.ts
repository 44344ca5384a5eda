import {
  FRESH,
  judge,
  PARTITIONS,
  type ClaimMap,
  type JudgedToken,
  type MappedClaim,
  type PartitionView,
  type Revocation,
  type Subject,
} from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import { createTokenJudge } from './judge-token.ts'
import { VerifiedToken } from './token-claims.ts'

const claim = (source: string, from: readonly string[] = []): MappedClaim => ({
  source,
  from,
  kind: 'authoritative',
  onUnverified: 'deny',
  polarity: 'grant',
})
const map: ClaimMap = {
  version: 1,
  account: 'hr',
  cutOffs: ['security'],
  leasesMs: new Map([
    ['hr', 5_000],
    ['iga', 30_000],
    ['security', 5_000],
  ]),
  claims: new Map([
    ['groups', claim('hr')],
    ['rights', claim('iga', ['groups'])],
  ]),
}
const subjects: readonly Subject[] = ['alice', 'bob'].map((sub) => ({
  tenant: 'acme',
  iss: 'https://idp',
  sub,
}))

const small = fc.bigInt({ min: 0n, max: 4n })
const e = fc.bigInt({ min: 1n, max: 2n })
const subject = fc.constantFrom(...subjects)
const name = fc.constantFrom('groups', 'rights', 'unmapped')
const value = fc.constantFrom('a', 'b')

const origin = {
  id: 'x',
  change: 'c-1',
  tenant: 'acme',
  occurredAtMs: 0,
  issuedAtMs: 0,
  partition: 0,
}
const revocation: fc.Arbitrary<Revocation> = fc.oneof(
  fc.record({ s: subject, claim: name, e, offset: small }).map((r) => ({
    ...origin,
    scope: 'subject' as const,
    e: r.e,
    subject: r.s,
    claims: new Map([[r.claim, { offset: r.offset, values: null }]]),
  })),
  fc.record({ s: subject, e, offset: small }).map((r) => ({
    ...({
      ...origin,
      scope: 'account',
      op: 'disabled',
      e: r.e,
      subject: r.s,
      offset: r.offset,
    } as const),
  })),
  fc.record({ claim: name, value, e, offset: small }).map((r) => ({
    ...({ ...origin, scope: 'value', ...r } as const),
  })),
  fc.record({ scope: fc.constantFrom('tenant', 'client'), e, offset: small }).map((r) => ({
    ...origin,
    ...r,
    target: r.scope === 'tenant' ? 'acme' : 'web',
  })),
  fc
    .record({
      denial: fc.constantFrom('key', 'issuer', 'session', 'token'),
      target: fc.constantFrom('k1', 'https://tokens', 's1', 'j1', 'other'),
    })
    .map((r) => ({ ...({ ...origin, scope: 'denial', e: 1n, ...r } as const) })),
)

const label = fc.record({ e, s: small, c: small })
const token: fc.Arbitrary<JudgedToken> = fc
  .record({
    parties: fc.array(fc.record({ subject, label }), { minLength: 1, maxLength: 2 }),
    groups: fc.subarray(['a', 'b']),
    sid: fc.boolean(),
    pv: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ parties, groups, sid, pv }) => ({
    tenant: 'acme',
    issuer: 'https://tokens',
    kid: 'k1',
    jti: 'j1',
    client: 'web',
    pv,
    ...(sid ? { sid: 's1' } : {}),
    parties: parties as unknown as JudgedToken['parties'],
    claims: new Map([['groups', groups]]),
  }))

/** A partition's view around the present moment of the test's clocks: wall and monotonic 100 s. */
const view = fc.record({
  e: fc.bigInt({ min: 0n, max: 2n }),
  live: fc.boolean(),
  minimumPv: fc.integer({ min: 0, max: 2 }),
  isNamed: fc.boolean(),
  sources: fc.array(
    fc.record({
      source: fc.constantFrom('hr', 'iga', 'security', 'stranger'),
      atMs: fc.constantFrom(null, 60_000, 94_999, 95_000, 98_000, 102_000, 102_001),
      receivedAtMonoMs: fc.constantFrom(69_999, 94_999, 95_000, 100_000),
    }),
  ),
})

const nice = { e: 1n, live: true, minimumPv: 0, isNamed: true }
const allSources = ['hr', 'iga', 'security'].map((source) => ({
  source,
  atMs: 99_000,
  receivedAtMonoMs: 99_000,
}))
const anyView = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ ...nice, sources: allSources }) },
  { weight: 1, arbitrary: view },
)
type ViewPlan = typeof anyView extends fc.Arbitrary<infer T> ? T : never

function viewOf(partition: number, plan: ViewPlan, hash: string): PartitionView {
  const { e: incarnation, live, minimumPv, isNamed, sources } = plan
  const bySource = new Map(
    sources.map((each) => [each.source, { ...each, state: 'complete' as const }]),
  )
  return {
    partition,
    e: incarnation,
    live,
    lastHeartbeatMs: 0,
    minimumPv,
    nextOffset: 0n,
    mapVersion: isNamed ? 1 : 0,
    mapHash: isNamed ? hash : null,
    source: (tenant, source) => (tenant === 'acme' ? bySource.get(source) : undefined),
    tenants: () => ['acme'],
  }
}

async function knowledgeAt100s(): Promise<EdgeKnowledge> {
  const clock = new ManualClock(0)
  await clock.advance(100_000)
  const limits = { watermarksMax: 1_000, denialsMax: 1_000, tokenLifeMaxMs: 3_600_000 }
  return new EdgeKnowledge({ clock, seed: [3, 4], ...limits })
}

function verified(of: JudgedToken, expiresAtMs = 1_000_000): VerifiedToken {
  const { issuer } = of
  const claims = { token: of, payload: {}, issuer, audiences: [], scope: undefined, expiresAtMs }
  return new VerifiedToken('text', claims)
}

describe('judging a remembered token', () => {
  it('equals the protocol’s judge, whatever became known before and after it was first judged', async () => {
    const kinds = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(revocation, { maxLength: 3 }),
        fc.array(revocation, { maxLength: 3 }),
        fc.array(anyView, { minLength: PARTITIONS.length, maxLength: PARTITIONS.length }),
        token,
        async (before, later, views, of) => {
          const knowledge = await knowledgeAt100s()
          const tokens = createTokenJudge(knowledge)
          const remembered = verified(of)
          knowledge.apply({ scope: 'map', map, hash: 'h1' }, 0)
          const same = (): void => {
            for (const each of ['groups', 'rights', 'unmapped', '']) {
              const verdict = tokens.judgeClaim(remembered, each)
              expect(verdict).toEqual(judge(of, each, knowledge))
              kinds.set(verdict.kind, (kinds.get(verdict.kind) ?? 0) + 1)
            }
          }
          for (const each of before) knowledge.apply(each, 0)
          same()
          for (const [partition, plan] of views.entries()) {
            knowledge.see(viewOf(partition, plan, 'h1'), true)
            same()
          }
          for (const each of later) {
            knowledge.apply(each, 0)
            same()
          }
        },
      ),
      { numRuns: 300 },
    )
    // The property means something only if every verdict was met.
    expect([...kinds.keys()].toSorted()).toEqual(['fresh', 'stale', 'unverified'])
    expect(kinds.get('fresh')).toBeGreaterThan(50)
  })

  it('rule 24: judges a disabled actor, and a claim by those it is derived from', async () => {
    const knowledge = await knowledgeAt100s()
    const tokens = createTokenJudge(knowledge)
    knowledge.apply({ scope: 'map', map, hash: 'h1' }, 0)
    for (const partition of PARTITIONS)
      knowledge.see(viewOf(partition, { ...nice, sources: allSources }, 'h1'), true)
    const [alice, bob] = subjects as [Subject, Subject]
    const at = { e: 1n, s: 10n, c: 10n }
    const delegated = verified({
      tenant: 'acme',
      issuer: 'i',
      kid: 'k',
      jti: 'j',
      client: 'web',
      pv: 1,
      parties: [
        { subject: alice, label: at },
        { subject: bob, label: at },
      ],
      claims: new Map([['rights', ['a']]]),
    })
    expect(tokens.judgeClaim(delegated, 'rights')).toBe(FRESH)
    const groups = new Map([['groups', { offset: 11n, values: null }]])
    const lost = { ...origin, e: 1n, scope: 'subject', subject: alice, claims: groups } as const
    knowledge.apply(lost, 1)
    const derived = { kind: 'stale', reason: 'claim-changed', change: 'c-1' }
    expect(tokens.judgeClaim(delegated, 'rights')).toEqual(derived)
    const off = { ...origin, e: 1n, scope: 'account', op: 'disabled', offset: 11n } as const
    knowledge.apply({ ...off, subject: bob }, 0)
    expect(tokens.judgeClaim(delegated, '')).toMatchObject({ kind: 'stale', reason: 'account' })
  })

  it('rule 25: never calls an expired token fresh, whose watermarks may be gone', async () => {
    const { tokens, remembered } = await freshToken()
    const expired = verified(remembered.token, 100_000)
    expect(tokens.judgeClaim(expired, 'groups')).toMatchObject({ kind: 'unverified' })
  })
})

/** A world with current leases, and a fresh token of alice. */
async function freshToken(): Promise<{
  knowledge: EdgeKnowledge
  tokens: ReturnType<typeof createTokenJudge>
  remembered: VerifiedToken
  lost: Revocation
}> {
  const knowledge = await knowledgeAt100s()
  const tokens = createTokenJudge(knowledge)
  knowledge.apply({ scope: 'map', map, hash: 'h1' }, 0)
  for (const partition of PARTITIONS)
    knowledge.see(viewOf(partition, { ...nice, sources: allSources }, 'h1'), true)
  const [alice] = subjects as [Subject]
  const at = { e: 1n, s: 10n, c: 10n }
  const parties: JudgedToken['parties'] = [{ subject: alice, label: at }]
  const names = { tenant: 'acme', issuer: 'i', kid: 'k', jti: 'j', client: 'web', pv: 1 }
  const remembered = verified({ ...names, parties, claims: new Map() }, 20_000_000)
  expect(tokens.judgeClaim(remembered, 'groups')).toBe(FRESH)
  const claims = new Map([['groups', { offset: 11n, values: null }]])
  const lost = { ...origin, e: 1n, scope: 'subject', subject: alice, claims } as const
  return { knowledge, tokens, remembered, lost }
}

describe('controls: without its guard the judge would let a revoked token in', () => {
  it('slots that are not found again miss a watermark that appears later', async () => {
    const { knowledge, tokens, remembered, lost } = await freshToken()
    const { layout } = knowledge.table
    Object.defineProperty(knowledge.table, 'layout', { get: () => layout, configurable: true })
    knowledge.apply(lost, 1)
    expect(tokens.judgeClaim(remembered, 'groups')).toBe(FRESH)
    Reflect.deleteProperty(knowledge.table, 'layout')
    expect(tokens.judgeClaim(remembered, 'groups')).toMatchObject({ kind: 'stale' })
  })

  it('rule 23: denials that are not looked up again miss one that appears later', async () => {
    const { knowledge, tokens, remembered } = await freshToken()
    const { version } = knowledge.denials
    Object.defineProperty(knowledge.denials, 'version', { get: () => version, configurable: true })
    knowledge.apply({ ...origin, e: 1n, scope: 'denial', denial: 'key', target: 'k' }, 0)
    expect(tokens.judgeClaim(remembered, 'groups')).toBe(FRESH)
    Reflect.deleteProperty(knowledge.denials, 'version')
    expect(tokens.judgeClaim(remembered, 'groups')).toMatchObject({ reason: 'key-denied' })
  })

  it('control of rule 25: a token that outlives T_max outlives the watermark that denies it', async () => {
    const { knowledge, tokens, remembered, lost } = await freshToken()
    knowledge.apply(lost, 1)
    expect(tokens.judgeClaim(remembered, 'groups')).toMatchObject({ kind: 'stale' })
    const clock = knowledge.clock as ManualClock
    await clock.advance(3_600_000 + 600_000)
    knowledge.prune()
    expect(tokens.judgeClaim(remembered, 'groups')).toMatchObject({ kind: 'stale' })
    await clock.advance(2_000)
    knowledge.prune()
    expect(tokens.judgeClaim(remembered, 'groups')).not.toMatchObject({ kind: 'stale' })
  })
})
