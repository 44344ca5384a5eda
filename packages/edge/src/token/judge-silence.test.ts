import {
  partitionOf,
  PARTITIONS,
  type ClaimMap,
  type PartitionView,
  type Subject,
  type TokenParty,
} from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, expect, it } from 'vitest'
import { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import { createTokenJudge, type TokenJudge } from './judge-token.ts'
import { VerifiedToken } from './token-claims.ts'

const NOW = 100_000
const [alice, bob] = ['alice', 'bob'].map((sub) => ({ tenant: 'acme', iss: 'https://idp', sub }))
const groups = { source: 'hr', kind: 'authoritative', onUnverified: 'deny', polarity: 'grant' }
const map = {
  version: 1,
  account: 'hr',
  cutOffs: [],
  leasesMs: new Map([['hr', 5_000]]),
  claims: new Map([['groups', { ...groups, from: [] }]]),
} as unknown as ClaimMap

let knowledge: EdgeKnowledge
let tokens: TokenJudge
beforeEach(async () => {
  const clock = new ManualClock(0)
  await clock.advance(NOW)
  const limits = { watermarksMax: 100, denialsMax: 100, tokenLifeMaxMs: 3_600_000 }
  knowledge = new EdgeKnowledge({ clock, seed: [3, 4], ...limits })
  knowledge.apply({ scope: 'map', map, hash: 'h1' }, 0)
  tokens = createTokenJudge(knowledge)
})

const heartbeat = { atMs: NOW - 1_000, receivedAtMonoMs: NOW - 1_000, state: 'complete' } as const
const view = (partition: number, e: bigint, hasHeartbeat: boolean): PartitionView => ({
  partition,
  e,
  live: true,
  lastHeartbeatMs: 0,
  minimumPv: 0,
  nextOffset: 0n,
  mapVersion: 1,
  mapHash: 'h1',
  source: () => (hasHeartbeat ? heartbeat : undefined),
  tenants: () => [],
})
const party = (subject: Subject | undefined, e = 1n): TokenParty => ({
  subject: subject ?? expect.unreachable(),
  label: { e, s: 10n, c: 10n },
})
const verdictFor = (first: TokenParty, ...actors: TokenParty[]): string => {
  const token = {
    tenant: 'acme',
    issuer: 'i',
    kid: 'k',
    jti: 'j',
    client: 'web',
    pv: 1,
    parties: [first, ...actors] as const,
    claims: new Map([['groups', ['a']]]),
  }
  const common = { payload: {}, issuer: 'i', audiences: [], scope: undefined }
  const verified = new VerifiedToken('text', { token, ...common, expiresAtMs: 1_000_000 })
  return tokens.judgeClaim(verified, 'groups').kind
}

it('counts silence in the partition of an actor as in that of the subject (rule 14)', () => {
  for (const partition of PARTITIONS) {
    const hasHeartbeat = partition !== partitionOf(party(bob).subject)
    knowledge.see(view(partition, 1n, hasHeartbeat), true)
  }
  expect(verdictFor(party(alice))).toBe('fresh')
  expect(verdictFor(party(alice), party(bob))).toBe('unverified')
})

it('trusts no earlier source once a later incarnation shows, heartbeat or not (rule 18)', () => {
  const see = (e: bigint, hasHeartbeat: boolean): void => {
    for (const partition of PARTITIONS)
      knowledge.see(view(partition, e, hasHeartbeat), hasHeartbeat)
  }
  see(1n, true)
  expect(verdictFor(party(alice, 1n))).toBe('fresh')
  see(2n, false)
  expect(verdictFor(party(alice, 1n))).toBe('stale')
  expect(verdictFor(party(alice, 2n))).toBe('unverified')
  see(2n, true)
  expect(verdictFor(party(alice, 2n))).toBe('fresh')
})
