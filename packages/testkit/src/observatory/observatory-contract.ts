import { wholeTenant, type Subject } from '@freshet/protocol'
import type { EdgeReport } from '@freshet/wire'
import type { LoggedChange, ObservatoryStore } from '@freshet/insight'
import type { RecordingPause } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { LOGGED_SUBJECT as subject, loggedChange } from './logged-change.ts'
import { testRecentChanges } from './recent-changes-contract.ts'

/** A doubt about `groups` in partition 3 of incarnation 1. */
export interface SeededDoubt {
  readonly subject: Subject
  readonly offset: bigint
  readonly settled: boolean
}

/** A store under test and a way to put into it what others record. */
export interface ObservatoryUnderTest {
  readonly store: ObservatoryStore
  seedChange(change: LoggedChange): Promise<void>
  /** A progress row with the head of its publisher and one row that waits in the outbox. */
  seedPartition(partition: number, e: bigint, nextOffset: bigint): Promise<void>
  /** A pause of a partition at a record. */
  seedPause(pause: RecordingPause): Promise<void>
  seedFeed(feed: { readonly partition: number; readonly throughMs: number | null }): Promise<void>
  /** A feed of `hr` whose newest snapshot has not ended and is not open. */
  seedVoided(partition: number): Promise<void>
  seedDoubt(doubt: SeededDoubt): Promise<void>
  /** A disabled account, which the last snapshot of accounts omitted or not. */
  seedAccount(account: { readonly sub: string; readonly omitted: boolean }): Promise<void>
  /** A claim of a subject of which a full statement of `hr` found a value granted, or taken away. */
  seedMissed(found: { readonly subject: string; readonly lost?: string }): Promise<void>
}

/** Checks every {@link ObservatoryStore}. */
export function registerObservatoryContract(
  name: string,
  make: () => Promise<ObservatoryUnderTest>,
): void {
  describe(`observatory store: ${name}`, () => {
    let under: ObservatoryUnderTest
    beforeEach(async () => {
      under = await make()
    })
    const record = (each: EdgeReport, reportedAtMs: number) =>
      under.store.record([{ report: each, reportedAtMs }])

    test('changes of one id are found in every tenant and source, newest first', async () => {
      await under.seedChange(loggedChange({ tenant: 'acme', appliedAtMs: 1_000 }))
      await under.seedChange(loggedChange({ tenant: 'umbrella', appliedAtMs: 2_000 }))
      await under.seedChange(loggedChange({ id: 'other' }))
      const found = await under.store.changes('c1')
      expect(found.map(({ tenant }) => tenant)).toEqual(['umbrella', 'acme'])
      expect(found[1]).toMatchObject(loggedChange({ tenant: 'acme', appliedAtMs: 1_000 }))
    })

    test('a change keeps the values that it changed', async () => {
      const changed = { lost: ['a', 1, true], gained: ['"b"'], lostCount: 3, gainedCount: 1 }
      await under.seedChange(loggedChange({ changed }))
      await under.seedChange(loggedChange({ id: 'without', appliedAtMs: 1 }))
      const [found, without] = await under.store.changesOf(subject, 2)
      expect(found?.changed).toEqual(changed)
      expect(without?.changed).toBeNull()
    })

    test('the changes of a subject are limited to the newest', async () => {
      for (const n of [1, 2, 3]) {
        await under.seedChange(loggedChange({ id: `c${n}`, appliedAtMs: n }))
      }
      const found = await under.store.changesOf(subject, 2)
      expect(found.map(({ id }) => id)).toEqual(['c3', 'c2'])
    })

    test('the latest accepted change of each source and claim is found, and of each account operation', async () => {
      const account = { kind: 'account', claim: null }
      const changes = [
        { id: 'first', appliedAtMs: 1 },
        { id: 'groups', appliedAtMs: 2, outcome: 'noop' },
        { id: 'late', appliedAtMs: 3, outcome: 'late' },
        { id: 'refused', appliedAtMs: 4, outcome: 'quarantined' },
        { id: 'other-source', source: 'iga', appliedAtMs: 5 },
        { id: 'other-claim', claim: 'department', appliedAtMs: 6 },
        { id: 'disabled-once', ...account, op: 'disabled', appliedAtMs: 7 },
        { id: 'enabled', ...account, op: 'enabled', appliedAtMs: 8 },
        { id: 'disabled', ...account, op: 'disabled', appliedAtMs: 9 },
        { id: 'of-bob', subject: subject.replace('alice', 'bob'), appliedAtMs: 10 },
      ]
      for (const change of changes) await under.seedChange(loggedChange(change))
      const found = await under.store.latestOf({
        subject,
        outcomes: ['applied', 'noop'],
        within: 9,
      })
      const ids = ['disabled', 'enabled', 'other-claim', 'other-source', 'groups']
      expect(found.map(({ id }) => id)).toEqual(ids)
      const last = await under.store.latestOf({ subject, outcomes: ['applied'], within: 2 })
      expect(last.map(({ id }) => id)).toEqual(['disabled', 'enabled'])
    })

    test('what took something away is found by kind and time, newest first, of this incarnation', async () => {
      const since = { sinceMs: 2, kinds: ['claim', 'account'] }
      await under.seedPartition(3, 1n, 9n)
      const changes = [
        { id: 'before', appliedAtMs: 1 },
        { id: 'gain', appliedAtMs: 2, tightened: false },
        { id: 'wide', appliedAtMs: 3, kind: 'cut-off' },
        { id: 'past', appliedAtMs: 4, e: 0n },
        { id: 'c4', appliedAtMs: 5, offset: 4n },
        { id: 'c5', appliedAtMs: 6, offset: 5n, kind: 'account' },
      ]
      for (const change of changes) await under.seedChange(loggedChange(change))
      const found = await under.store.tightened(since, 10)
      expect(found.map(({ id }) => id)).toEqual(['c5', 'c4'])
      expect((await under.store.tightened(since, 1)).map(({ id }) => id)).toEqual(['c5'])
    })

    testRecentChanges(() => under)

    test('the last report of an edge is what counts, and a late one changes nothing', async () => {
      await record(report({ state: 'live' }), 2_000)
      await record(report({ state: 'starting' }), 1_000)
      const [edge] = await under.store.edges(0)
      expect(edge).toMatchObject({ edge: 'edge-1', state: 'live', reportedAtMs: 2_000 })
      expect(edge?.partitions[0]?.applied).toBe(12n)
      expect(await under.store.edges(2_001)).toEqual([])
    })

    test('an edge applied an offset with its first apply beyond it', async () => {
      await record(report({}, [apply(10n, 500), apply(12n, 900)]), 1_000)
      await record(report({ edge: 'edge-2' }, [apply(9n, 400)]), 1_000)
      expect(await under.store.applies(3, 9n)).toEqual([
        {
          edge: 'edge-1',
          upTo: 10n,
          appendedAtMs: 490,
          appliedAtMs: 500,
          reportedAtMs: 1_000,
          allowsSinceMs: null,
        },
      ])
      expect(await under.store.applies(3, 10n)).toMatchObject([{ appliedAtMs: 900 }])
      expect(await under.store.applies(4, 9n)).toEqual([])
    })

    test('what an edge applied last is told by the clock of the edge, at most so much', async () => {
      const applies = [apply(10n, 500), apply(12n, 900), apply(14n, 1_200)]
      await record(report({}, applies), 1_500)
      await record(report({ edge: 'edge-2' }, [apply(9n, 400)]), 1_000)
      const latest = await under.store.latestApplies('edge-1', 2)
      expect(latest).toEqual([
        {
          partition: 3,
          edge: 'edge-1',
          upTo: 14n,
          appendedAtMs: 1_190,
          appliedAtMs: 1_200,
          reportedAtMs: 1_500,
          allowsSinceMs: null,
        },
        {
          partition: 3,
          edge: 'edge-1',
          upTo: 12n,
          appendedAtMs: 890,
          appliedAtMs: 900,
          reportedAtMs: 1_500,
          allowsSinceMs: null,
        },
      ])
      expect(await under.store.latestApplies('edge-3', 2)).toEqual([])
    })

    test('an apply that is reported twice keeps its first time', async () => {
      await record(report({}, [apply(10n, 500)]), 1_000)
      await record(report({}, [apply(10n, 999)]), 2_000)
      expect(await under.store.applies(3, 0n)).toMatchObject([{ appliedAtMs: 500 }])
    })

    test('the pipeline is told by partition, with its feeds and the change recorded last', async () => {
      const nothing = {
        partitions: [],
        feeds: [],
        missed: [],
        contradictions: [],
        doubts: [],
        omitted: [],
        latest: null,
        grants: [],
      }
      expect(await under.store.pipeline()).toEqual(nothing)
      await under.seedPartition(3, 2n, 9n)
      await under.seedPartition(0, 2n, 4n)
      await under.seedFeed({ partition: 0, throughMs: 700 })
      await under.seedFeed({ partition: 3, throughMs: null })
      await under.seedChange(loggedChange({ id: 'last', e: 2n, appliedAtMs: 900 }))
      await under.seedChange(
        loggedChange({ id: 'of-before', e: 1n, offset: 80n, appliedAtMs: 990 }),
      )
      const { partitions, feeds, latest } = await under.store.pipeline()
      const common = { e: 2n, activePv: 1, activeHash: 'h', minimumPv: 1, waiting: 1 }
      expect(partitions).toEqual([
        { ...common, partition: 0, nextOffset: 4n, publishedAtMs: 600 },
        { ...common, partition: 3, nextOffset: 9n, publishedAtMs: 600 },
      ])
      const of = { tenant: 'acme', source: 'hr' }
      expect(feeds.toSorted((a, b) => a.partition - b.partition)).toEqual([
        { ...of, partition: 0, throughMs: 700, condition: 'complete' },
        { ...of, partition: 3, throughMs: null, condition: 'silent' },
      ])
      expect(latest?.id).toBe('last')
    })

    test('a partition pauses while it is not behind the record that its last pause names', async () => {
      await under.seedPartition(3, 2n, 9n)
      await under.seedPartition(4, 2n, 9n)
      await under.seedPartition(5, 2n, 9n)
      await under.seedPause(pauseAt(3, { e: 2n, nextOffset: 9n }))
      await under.seedPause(pauseAt(4, { e: 2n, nextOffset: 8n }))
      await under.seedPause(pauseAt(5, { e: 1n, nextOffset: 9n }))
      const { partitions } = await under.store.pipeline()
      expect(partitions.map(({ partition, paused }) => [partition, paused])).toEqual([
        [
          3,
          { offset: 9n, code: 'database.timeout', message: 'Planned.', sinceMs: 500, attempts: 2 },
        ],
        [4, undefined],
        [5, undefined],
      ])
    })

    test('the pipeline tells how much changed unannounced, by source', async () => {
      await under.seedFeed({ partition: 0, throughMs: 700 })
      await under.seedMissed({ subject: 'alice' })
      await under.seedMissed({ subject: 'bob', lost: '"x"' })
      await under.seedMissed({ subject: 'carol', lost: '"x"' })
      const { missed } = await under.store.pipeline()
      expect(missed).toEqual([{ tenant: 'acme', source: 'hr', claims: 3 }])
    })

    test('the pipeline names the states that are in doubt as a whole, since the oldest change that raised it', async () => {
      const issuer = { tenant: 'acme', iss: 'https://idp.example', sub: '' }
      const seed = (of: Subject, offset: bigint, settled = false) =>
        under.seedDoubt({ subject: of, offset, settled })
      await under.seedChange(loggedChange({ id: 'a2', offset: 8n, appendedAtMs: 200 }))
      await under.seedChange(loggedChange({ id: 'a1', offset: 7n, appendedAtMs: 110 }))
      await seed(wholeTenant('acme'), 8n)
      await seed(wholeTenant('acme'), 7n)
      await seed(issuer, 9n)
      await seed(wholeTenant('umbrella'), 7n, true)
      await seed({ ...issuer, sub: 'x,""]' }, 7n)
      const { doubts } = await under.store.pipeline()
      const of = { tenant: 'acme', claim: 'groups' }
      expect(doubts.toSorted((a, b) => (a.issuer ?? '').localeCompare(b.issuer ?? ''))).toEqual([
        { ...of, issuer: null, change: 'a1', sinceMs: 110 },
        { ...of, issuer: issuer.iss, change: null, sinceMs: null },
      ])
    })

    test('the pipeline names the feeds whose newest snapshot an activation ended', async () => {
      await under.seedFeed({ partition: 0, throughMs: 700 })
      await under.seedVoided(3)
      const { feeds } = await under.store.pipeline()
      const voided = feeds.filter(({ isVoided }) => isVoided)
      expect(voided.map(({ partition }) => partition)).toEqual([3])
    })

    test('the pipeline counts the accounts that the last snapshot omitted', async () => {
      await under.seedAccount({ sub: 'alice', omitted: true })
      await under.seedAccount({ sub: 'bob', omitted: true })
      await under.seedAccount({ sub: 'carol', omitted: false })
      expect((await under.store.pipeline()).omitted).toEqual([{ tenant: 'acme', accounts: 2 }])
    })

    test('forgetting drops old edges and old applies', async () => {
      await record(report({}, [apply(10n, 500)]), 1_000)
      await under.store.forget(1_001)
      expect(await under.store.edges(0)).toEqual([])
      expect(await under.store.applies(3, 0n)).toEqual([])
    })
  })
}

type Applies = EdgeReport['partitions'][number]['applies']

function report(more: Partial<EdgeReport> = {}, applies: Applies = []): EdgeReport {
  return {
    edge: 'edge-1',
    audience: 'payments',
    version: '0.1.0',
    atMs: 1,
    state: 'live' as const,
    partitions: [{ partition: 3, e: 1n, applied: 12n, viewAgeMs: 40, applies }],
    decisions: { allow: 0, deny: 0, challenge: 0 },
    ...more,
  }
}

function apply(upTo: bigint, appliedAtMs: number): Applies[number] {
  return { upTo, appliedAtMs, appendedAtMs: appliedAtMs - 10 }
}

function pauseAt(partition: number, at: RecordingPause['at']): RecordingPause {
  const cause = { code: 'database.timeout', message: 'Planned.' } as const
  return { partition, at, ...cause, sinceMs: 500, attempts: 2 }
}
