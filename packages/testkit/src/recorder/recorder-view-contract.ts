import {
  partitionOf,
  subjectKey,
  valueScopeKey,
  type Change,
  type Claim,
  type Registry,
  type StatedState,
} from '@freshet/protocol'
import type { ReachQuestion, StatePlace } from '@freshet/intake'
import { recordBatch } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { acmeRegistry } from '../acme-registry.ts'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { AMY, BEN, groupsChange, hrOrigin, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)

/** `iga` states `groups` too. */
function corroborating(): Registry {
  const registry = acmeRegistry()
  const claims = [...registry.claims].map(([name, claim]): [string, Claim] => [
    name,
    name === 'groups' ? { ...claim, corroborates: 'iga' } : claim,
  ])
  return { ...registry, claims: new Map(claims) }
}
const HR = { tenant: 'acme', source: 'hr' }
const ALL = { rows: 1_000, bytes: 1_000_000 }
/** The time of a heartbeat. */
const HEARTBEAT_MS = 1_795_514_400_100

/** Issuer of the ledger's tokens. */
export const TOKEN_ISSUER = 'https://tokens.acme.example'

/** Checks the sources' and operators' view of recorded changes. */
export function registerRecorderView(name: string, make: () => Promise<RecorderUnderTest>): void {
  let at: RecorderFixture
  beforeEach(async () => {
    at = await activatedFixture(make)
  })

  describe(`recorder: ${name}: what a source sees`, () => {
    test('nothing of itself before its first event', async () => {
      expect(await at.under.view.feeds(HR)).toEqual([])
      expect(await at.under.view.latencies(HR, 10)).toEqual([])
      expect(await at.under.view.refused(HR)).toEqual({ count: 0, latest: [] })
    })

    test('the states that it stated, page by page, and none of other sources', async () => {
      const feed = { ...HR, tenant: AMY.tenant }
      const account: Change = {
        ...hrOrigin('acc', 4),
        kind: 'account',
        subject: AMY,
        op: 'disabled',
      }
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x', 'y'], n: 1 }))
      at.topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 }))
      at.topic.put(groupsChange('b1', BEN, { op: 'set', values: [], n: 3 }))
      at.topic.put(account)
      await at.recordAll()
      const found: StatedState[] = []
      let after: StatePlace | undefined
      do {
        const page = await at.under.states.page(feed, after, { rows: 2, bytes: 1_000 })
        found.push(...page.states)
        after = page.next
      } while (after !== undefined)
      const version = (n: bigint) => ({ epoch: 0n, n })
      expect(found).toHaveLength(3)
      expect(found).toEqual(
        expect.arrayContaining([
          { subject: AMY, values: ['disabled'], version: version(4n) },
          { subject: AMY, claim: 'groups', values: ['y'], version: version(2n) },
          { subject: BEN, claim: 'groups', values: [], version: version(3n) },
        ]),
      )
      expect(
        (await at.under.states.page({ ...feed, source: 'iga' }, undefined, ALL)).states,
      ).toEqual([])
      expect(await at.under.states.numbered(feed)).toEqual(await at.under.states.recorded(feed))
    })

    test('its feed in every partition, as heartbeats count there', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.putHeartbeat('hr', 1_795_514_400_100)
      await at.recordAll()
      const feeds = await at.under.view.feeds(HR)
      expect(feeds.map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 4, 5, 6])
      expect(feeds[P]?.feed).toEqual({
        complete: 1n,
        beyond: [],
        throughMs: 1_795_514_400_100,
        halted: false,
      })
      expect(await at.under.view.feeds({ tenant: 'acme', source: 'iga' })).toEqual([])
    })

    test('the feeds of each tenant of a heartbeat for many, each by its own number (rule 12)', async () => {
      const last = HEARTBEAT_MS + 200
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.putHeartbeats('hr', HEARTBEAT_MS, ['acme', 'globex'])
      const put = at.topic.records(P).length
      at.topic.put(groupsChange('a2', AMY, { op: 'set', values: ['y'], n: 2 }))
      at.topic.putHeartbeats('hr', last, ['acme', 'globex'])
      // A change of one tenant is lost: its number is missing there, and the other tenant goes on.
      const lossy = at.topic.records(P).toSpliced(put, 1).slice(1)
      const from = { e: 1n, nextOffset: 1n, receivedAtMs: at.clock.nowMs() }
      await recordBatch(at.context, lossy, from)
      const throughOf = async (tenant: string): Promise<unknown> =>
        (await at.under.view.feeds({ tenant, source: 'hr' })).map(({ feed }) => feed.throughMs)
      expect(await throughOf('acme')).toEqual([HEARTBEAT_MS])
      expect(await throughOf('globex')).toEqual([last])
    })

    test('a heartbeat that is ahead of the broker, until a right one counts', async () => {
      const nowMs = at.clock.nowMs()
      const feedOf = async (): Promise<unknown> => (await at.under.view.feeds(HR))[P]?.feed
      const stored = { complete: 0n, beyond: [], halted: false }
      at.topic.putHeartbeat('hr', nowMs - 1)
      at.topic.putHeartbeats('hr', nowMs + 300_000, ['acme'])
      await at.recordAll()
      expect(await feedOf()).toEqual({ ...stored, throughMs: nowMs - 1, aheadMs: 300_000 })
      at.topic.putHeartbeat('hr', nowMs)
      await at.recordAll()
      expect(await feedOf()).toEqual({ ...stored, throughMs: nowMs })
    })

    test('its own latency from commit to append, of the latest events', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 0 }))
      await at.clock.advance(250)
      at.topic.put(groupsChange('a2', AMY, { op: 'set', values: ['y'], n: 10 }))
      await at.record(P)
      const latencies = await at.under.view.latencies(HR, 10)
      expect(latencies.toSorted((a, b) => a - b)).toEqual([0, 240])
      expect(await at.under.view.latencies(HR, 1)).toHaveLength(1)
    })

    test('what its full statements found that no event had announced', async () => {
      const all = { sinceMs: 0 }
      const staff = (id: string, n: number, values: readonly string[], of = AMY): void =>
        at.topic.put(groupsChange(id, of, { op: 'set', values, n }))
      staff('a1', 1, ['x', 'y'])
      staff('b1', 1, ['x'], BEN)
      at.topic.put({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
      staff('a2', 5, ['x'])
      staff('b2', 5, ['x', 'z'], BEN)
      at.topic.put({ ...hrOrigin('s2', 5), kind: 'snapshot-end' })
      await at.recordAll()
      expect(await at.under.view.missed(HR, all)).toEqual({ removals: 1, grants: 1 })
      const one = { ...all, statement: 's1' }
      expect(await at.under.view.missedList(HR, one, 10)).toEqual([
        {
          subject: subjectKey(AMY),
          claim: 'groups',
          change: 'a2',
          isRemoval: true,
          isGrant: false,
        },
        {
          subject: subjectKey(BEN),
          claim: 'groups',
          change: 'b2',
          isRemoval: false,
          isGrant: true,
        },
      ])
      expect(await at.under.view.missedList(HR, one, 1)).toHaveLength(1)
      const other = { ...all, statement: 's0' }
      expect(await at.under.view.missed(HR, other)).toEqual({ removals: 0, grants: 0 })
      expect(await at.under.view.missed(HR, { sinceMs: at.clock.nowMs() + 1 })).toEqual({
        removals: 0,
        grants: 0,
      })
      const { statements } = (await at.under.view.feeds(HR))[P] ?? {}
      const compared = partitionOf(BEN) === P ? 2 : 1
      expect(statements).toMatchObject({
        open: null,
        latest: 's1',
        ended: 's1',
        held: false,
        compared,
      })
      expect(statements?.covers).toEqual(['groups', 'department'])
    })

    test('the subjects with different values of it and of the second source, until they agree', async () => {
      const registry = corroborating()
      const context = { ...at.context, registryOf: () => registry }
      const state = async (id: string, source: string, values: readonly string[], n: number) => {
        at.topic.put({ ...groupsChange(id, AMY, { op: 'set', values, n }), source })
        await at.record(P, context)
      }
      const seen = (source: string) => at.under.view.contradictions({ ...HR, source }, 10)
      await state('a1', 'hr', ['x', 'y'], 1)
      await state('b1', 'iga', ['y'], 7)
      const counts = [{ claim: 'groups', source: 'hr', corroborates: 'iga', subjects: 1 }]
      const sinceMs = at.clock.nowMs()
      const one = {
        subject: subjectKey(AMY),
        claim: 'groups',
        owner: { source: 'hr', version: { epoch: 0n, n: 1n } },
        witness: { source: 'iga', version: { epoch: 0n, n: 7n } },
        change: 'b1',
        sinceMs,
      }
      expect(await seen('hr')).toEqual({ counts, latest: [one] })
      expect(await seen('iga')).toEqual({ counts, latest: [one] })
      expect(await seen('security')).toEqual({ counts: [], latest: [] })
      await at.clock.advance(1_000)
      await state('a2', 'hr', ['x', 'y', 'z'], 2)
      const later = { ...one, change: 'a2', owner: { source: 'hr', version: { epoch: 0n, n: 2n } } }
      expect(await seen('hr')).toEqual({ counts, latest: [later] })
      await state('a3', 'hr', ['y'], 3)
      expect(await seen('hr')).toEqual({ counts: [], latest: [] })
    })

    test('a snapshot of the second source is compared with the values of the first', async () => {
      const registry = corroborating()
      const context = { ...at.context, registryOf: () => registry }
      const change = groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 })
      at.topic.put(change)
      at.topic.put({ ...change, id: 'b1', source: 'iga' })
      at.topic.put({ ...hrOrigin('s1', 5), source: 'iga', kind: 'snapshot-begin' })
      at.topic.put({ ...hrOrigin('s2', 5), source: 'iga', kind: 'snapshot-end' })
      await at.record(P, context)
      const { latest } = await at.under.view.contradictions(HR, 10)
      expect(latest).toMatchObject([{ change: 's2', witness: { version: { n: 5n } } }])
    })

    test('nothing missed of what is only late, withdrawn from everybody, or of a deleted subject', async () => {
      const missed = () => at.under.view.missed(HR, { sinceMs: 0 })
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x', 'y', 'z'], n: 1 }))
      at.topic.put({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
      at.topic.put(groupsChange('a2', AMY, { op: 'set', values: ['y'], n: 5 }))
      await at.recordAll()
      expect(await missed()).toEqual({ removals: 1, grants: 0 })
      at.topic.put({ ...hrOrigin('w1', 4), kind: 'value-withdrawn', claim: 'groups', value: 'x' })
      await at.recordAll()
      expect(await missed()).toEqual({ removals: 1, grants: 0 })
      at.topic.put({ ...hrOrigin('w2', 4), kind: 'value-withdrawn', claim: 'groups', value: 'z' })
      await at.recordAll()
      expect(await missed()).toEqual({ removals: 0, grants: 0 })
      at.topic.put({ ...hrOrigin('s2', 6), kind: 'snapshot-begin' })
      at.topic.put(groupsChange('a3', AMY, { op: 'set', values: [], n: 6 }))
      await at.recordAll()
      expect(await missed()).toEqual({ removals: 1, grants: 0 })
      at.topic.put(groupsChange('a4', AMY, { op: 'remove', values: ['y'], n: 3 }))
      await at.recordAll()
      expect(await missed()).toEqual({ removals: 0, grants: 0 })
      at.topic.put({ ...hrOrigin('s3', 7), kind: 'snapshot-begin' })
      at.topic.put(groupsChange('a5', AMY, { op: 'set', values: ['q'], n: 7 }))
      await at.recordAll()
      expect(await missed()).toEqual({ removals: 0, grants: 1 })
      at.topic.put({ ...hrOrigin('d1', 8), kind: 'account', subject: AMY, op: 'deleted' })
      await at.recordAll()
      expect(await missed()).toEqual({ removals: 0, grants: 0 })
    })

    test('what was refused, with rule and place and no value, the newest first', async () => {
      for (let n = 1; n <= 22; n += 1) {
        const foreign = groupsChange(`a${n}`, AMY, { op: 'set', values: ['secret'], n })
        at.topic.put({ ...foreign, claim: 'entitlements' })
        if (n === 11) await at.record(P)
      }
      await at.record(P)
      const { count, latest } = await at.under.view.refused(HR)
      expect(count).toBe(22)
      expect(latest).toHaveLength(20)
      expect(latest[0]).toEqual({
        id: 'a22',
        code: 'event.forbidden',
        rule: 'claim entitlements belongs to source iga, not to hr',
        partition: P,
        offset: 22n,
        atMs: at.clock.nowMs(),
      })
      expect(latest.at(-1)).toMatchObject({ id: 'a3' })
      expect(JSON.stringify(latest.map(({ rule }) => rule))).not.toContain('secret')
      expect(await at.under.view.refused({ tenant: 'acme', source: 'iga' })).toMatchObject({
        count: 0,
      })
    })
  })

  describe(`recorder: ${name}: what a cut-off would touch`, () => {
    const key = valueScopeKey('acme', 'groups', 'x')
    const ask = (question: ReachQuestion): Promise<unknown> => at.under.reach.reach(question, 0)
    beforeEach(async () => {
      await at.token('t1', { client: 'app', kid: 'k1', sid: 's1', valueScopes: [key] })
      await at.token('t2', { client: 'web', kid: 'k2', pv: 2, valueScopes: [key] })
      await at.token('t3', { client: 'web', kid: 'k2', subject: subjectKey(BEN) })
    })

    test.each<[string, ReachQuestion, readonly [number, number, number]]>([
      ['a tenant', { tenant: 'acme', scope: 'tenant', target: 'acme' }, [3, 2, 2]],
      ['a client', { tenant: 'acme', scope: 'client', target: 'web' }, [2, 2, 1]],
      ['a key', { tenant: 'acme', scope: 'key', target: 'k1' }, [1, 1, 1]],
      ['our issuer', { tenant: 'acme', scope: 'issuer', target: TOKEN_ISSUER }, [3, 2, 2]],
      ['another issuer', { tenant: 'acme', scope: 'issuer', target: 'https://x' }, [0, 0, 0]],
      ['a session', { tenant: 'acme', scope: 'session', target: 's1' }, [1, 1, 1]],
      ['a token', { tenant: 'acme', scope: 'token', target: 't3' }, [1, 1, 1]],
      ['a value', { tenant: 'acme', scope: 'value', claim: 'groups', value: 'x' }, [2, 1, 2]],
      ['a minimum', { scope: 'policy', minimum: 2 }, [2, 2, 2]],
      ['another tenant', { tenant: 'umbrella', scope: 'client', target: 'web' }, [0, 0, 0]],
    ])('%s is counted in tokens, subjects and clients', async (_, question, counts) => {
      const [tokens, subjects, clients] = counts
      expect(await ask(question)).toEqual({ tokens, subjects, clients, edges: 0 })
    })

    test('tokens that are stale or expired are not counted', async () => {
      const all: ReachQuestion = { tenant: 'acme', scope: 'tenant', target: 'acme' }
      expect(await at.under.reach.reach(all, 1)).toMatchObject({ tokens: 0 })
      at.topic.put({ ...hrOrigin('d1', 1), kind: 'account', subject: AMY, op: 'disabled' })
      await at.record(0)
      expect(await ask(all)).toMatchObject({ tokens: 1, subjects: 1, clients: 1 })
    })

    test('edges count that reported within a minute and do not close', async () => {
      const all: ReachQuestion = { tenant: 'acme', scope: 'tenant', target: 'acme' }
      await at.under.plantEdge('a', 'live', 100_000)
      await at.under.plantEdge('b', 'live', 40_001)
      await at.under.plantEdge('late', 'live', 40_000)
      await at.under.plantEdge('gone', 'closing', 100_000)
      expect(await at.under.reach.reach(all, 100_000)).toMatchObject({ edges: 2 })
    })
  })
}
