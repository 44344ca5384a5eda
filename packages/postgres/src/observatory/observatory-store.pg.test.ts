import type { FeedProgress, LoggedChange } from '@freshet/insight'
import { subjectKey, wholeTenant, type Subject } from '@freshet/protocol'
import type { RecordingPause } from '@freshet/reconciler'
import { LOGGED_SUBJECT as subject, loggedChange, ManualClock } from '@freshet/testkit'
import type { EdgeReport } from '@freshet/wire'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'
import { postgresRecorderStore } from '../recorder/recorder-store.ts'
import { postgresObservatoryStore } from './observatory-store.ts'

const empty = {
  name: 'test-empty',
  text: emptied(`change_log, edge, edge_apply, progress, publisher, outbox, feed, missed_change,
    contradiction, edge_start, edge_exposure, claim_use, recording_pause, doubt, account_state`),
}
let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

beforeEach(async () => void (await database.db.query(empty)))

const run = (text: string, values: readonly unknown[]) =>
  database.db.query({ name: '', text }, values)
const store = () => postgresObservatoryStore(database.system, new ManualClock())
const seed = (change: LoggedChange): Promise<void> => seedChange(database.db, change)

/** A doubt about `groups` in partition 3 of incarnation 1. */
interface SeededDoubt {
  readonly subject: Subject
  readonly offset: bigint
  readonly settled: boolean
}

/** A progress row with the head of its publisher and one row that waits in the outbox. */
async function seedPartition(partition: number, e: bigint, nextOffset: bigint): Promise<void> {
  await run(
    `INSERT INTO progress (partition, e, next_offset, active_pv, active_hash, minimum_pv)
     VALUES ($1, $2, $3, 1, 'h', 1)`,
    [partition, e, nextOffset],
  )
  await run('INSERT INTO publisher (partition, head_at) VALUES ($1, to_timestamp(0.6))', [
    partition,
  ])
  await run(
    `INSERT INTO outbox (topic, partition, record)
     VALUES ('freshet.revocations.v1', $1, ''), ('freshet.quarantine.v1', $1, '')`,
    [partition],
  )
}

const seedPause = (pause: RecordingPause): Promise<void> =>
  postgresRecorderStore(database.system).notePause(pause)

async function seedFeed({
  partition,
  throughMs,
}: Pick<FeedProgress, 'partition' | 'throughMs'>): Promise<void> {
  await run(
    `INSERT INTO feed (tenant, source, partition, complete, beyond, through_ms, halted)
     VALUES ('acme', 'hr', $1, 0, '{}', $2, false)`,
    [partition, throughMs],
  )
}

/** A feed of `hr` whose newest snapshot has not ended and is not open. */
async function seedVoided(partition: number): Promise<void> {
  await run(
    `INSERT INTO feed (tenant, source, partition, complete, beyond, halted, statement)
     VALUES ('acme', 'hr', $1, 0, '{}', false, 's1')`,
    [partition],
  )
}

async function seedDoubt({ subject: of, offset, settled }: SeededDoubt): Promise<void> {
  await run(
    `INSERT INTO doubt (subject, claim, e, partition, log_offset, raised, settled)
     VALUES ($1, 'groups', 1, 3, $2, true, $3)`,
    [subjectKey(of), offset, settled],
  )
}

/** A disabled account, which the last snapshot of accounts omitted or not. */
async function seedAccount({
  sub,
  omitted,
}: {
  readonly sub: string
  readonly omitted: boolean
}): Promise<void> {
  await run(
    `INSERT INTO account_state (subject, tenant, state, omitted, epoch, n, deleted_epoch, deleted_n)
     VALUES ($1, 'acme', 'disabled', $2, 0, 1, 0, 0)`,
    [subjectKey({ tenant: 'acme', iss: 'i', sub }), omitted],
  )
}

/** A claim of a subject of which a snapshot of `hr` found a value granted, or taken away. */
async function seedMissed(of: string, lost?: string): Promise<void> {
  const values = [of, lost === undefined ? [] : [lost], lost === undefined]
  await run(
    `INSERT INTO missed_change (tenant, source, partition, statement, change, subject, claim,
       epoch, n, lost, gained, at_ms)
     VALUES ('acme', 'hr', 3, 's1', 'c1', $1, 'groups', 0, 1, to_jsonb($2::text[]), $3, 1)`,
    values,
  )
}

describe('the store of views', () => {
  const record = (each: EdgeReport, reportedAtMs: number) =>
    store().record([{ report: each, reportedAtMs }])

  test('changes of one id are found in every tenant and source, newest first', async () => {
    await seed(loggedChange({ tenant: 'acme', appliedAtMs: 1_000 }))
    await seed(loggedChange({ tenant: 'umbrella', appliedAtMs: 2_000 }))
    await seed(loggedChange({ id: 'other' }))
    const found = await store().changes('c1')
    expect(found.map(({ tenant }) => tenant)).toEqual(['umbrella', 'acme'])
    expect(found[1]).toMatchObject(loggedChange({ tenant: 'acme', appliedAtMs: 1_000 }))
  })

  test('a change keeps the values that it changed', async () => {
    const changed = { lost: ['a', 1, true], gained: ['"b"'], lostCount: 3, gainedCount: 1 }
    await seed(loggedChange({ changed }))
    await seed(loggedChange({ id: 'without', appliedAtMs: 1 }))
    const [found, without] = await store().changesOf(subject, 2)
    expect(found?.changed).toEqual(changed)
    expect(without?.changed).toBeNull()
  })

  test('the changes of a subject are limited to the newest', async () => {
    for (const n of [1, 2, 3]) {
      await seed(loggedChange({ id: `c${n}`, appliedAtMs: n }))
    }
    const found = await store().changesOf(subject, 2)
    expect(found.map(({ id }) => id)).toEqual(['c3', 'c2'])
  })

  test('the latest accepted change of each source and claim is found, and of each account operation', async () => {
    const account = { kind: 'account', claim: null }
    const changes: readonly Partial<LoggedChange>[] = [
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
    for (const change of changes) await seed(loggedChange(change))
    const found = await store().latestOf({
      subject,
      outcomes: ['applied', 'noop'],
      within: 9,
    })
    const ids = ['disabled', 'enabled', 'other-claim', 'other-source', 'groups']
    expect(found.map(({ id }) => id)).toEqual(ids)
    const last = await store().latestOf({ subject, outcomes: ['applied'], within: 2 })
    expect(last.map(({ id }) => id)).toEqual(['disabled', 'enabled'])
  })

  test('what took something away is found by kind and time, newest first, of this incarnation', async () => {
    const since = { sinceMs: 2, kinds: ['claim', 'account'] }
    await seedPartition(3, 1n, 9n)
    const changes: readonly Partial<LoggedChange>[] = [
      { id: 'before', appliedAtMs: 1 },
      { id: 'gain', appliedAtMs: 2, tightened: false },
      { id: 'wide', appliedAtMs: 3, kind: 'cut-off' },
      { id: 'past', appliedAtMs: 4, e: 0n },
      { id: 'c4', appliedAtMs: 5, offset: 4n },
      { id: 'c5', appliedAtMs: 6, offset: 5n, kind: 'account' },
    ]
    for (const change of changes) await seed(loggedChange(change))
    const found = await store().tightened(since, 10)
    expect(found.map(({ id }) => id)).toEqual(['c5', 'c4'])
    expect((await store().tightened(since, 1)).map(({ id }) => id)).toEqual(['c5'])
  })

  test('the last report of an edge is what counts, and a late one changes nothing', async () => {
    await record(report({ state: 'live' }), 2_000)
    await record(report({ state: 'starting' }), 1_000)
    const [edge] = await store().edges(0)
    expect(edge).toMatchObject({ edge: 'edge-1', state: 'live', reportedAtMs: 2_000 })
    expect(edge?.partitions[0]?.applied).toBe(12n)
    expect(await store().edges(2_001)).toEqual([])
  })

  test('an edge applied an offset with its first apply beyond it', async () => {
    await record(report({}, [apply(10n, 500), apply(12n, 900)]), 1_000)
    await record(report({ edge: 'edge-2' }, [apply(9n, 400)]), 1_000)
    expect(await store().applies(3, 9n)).toEqual([
      {
        edge: 'edge-1',
        upTo: 10n,
        appendedAtMs: 490,
        appliedAtMs: 500,
        reportedAtMs: 1_000,
        allowsSinceMs: null,
      },
    ])
    expect(await store().applies(3, 10n)).toMatchObject([{ appliedAtMs: 900 }])
    expect(await store().applies(4, 9n)).toEqual([])
  })

  test('the last apply of an edge is reported by the clock of the edge, up to a limit', async () => {
    const applies = [apply(10n, 500), apply(12n, 900), apply(14n, 1_200)]
    await record(report({}, applies), 1_500)
    await record(report({ edge: 'edge-2' }, [apply(9n, 400)]), 1_000)
    const latest = await store().latestApplies('edge-1', 2)
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
    expect(await store().latestApplies('edge-3', 2)).toEqual([])
  })

  test('an apply that is reported twice keeps its first time', async () => {
    await record(report({}, [apply(10n, 500)]), 1_000)
    await record(report({}, [apply(10n, 999)]), 2_000)
    expect(await store().applies(3, 0n)).toMatchObject([{ appliedAtMs: 500 }])
  })

  test('the pipeline is reported by partition, with its feeds and the change recorded last', async () => {
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
    expect(await store().pipeline()).toEqual(nothing)
    await seedPartition(3, 2n, 9n)
    await seedPartition(0, 2n, 4n)
    await seedFeed({ partition: 0, throughMs: 700 })
    await seedFeed({ partition: 3, throughMs: null })
    await seed(loggedChange({ id: 'last', e: 2n, appliedAtMs: 900 }))
    await seed(loggedChange({ id: 'of-before', e: 1n, offset: 80n, appliedAtMs: 990 }))
    const { partitions, feeds, latest } = await store().pipeline()
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
    await seedPartition(3, 2n, 9n)
    await seedPartition(4, 2n, 9n)
    await seedPartition(5, 2n, 9n)
    await seedPause(pauseAt(3, { e: 2n, nextOffset: 9n }))
    await seedPause(pauseAt(4, { e: 2n, nextOffset: 8n }))
    await seedPause(pauseAt(5, { e: 1n, nextOffset: 9n }))
    const { partitions } = await store().pipeline()
    expect(partitions.map(({ partition, paused }) => [partition, paused])).toEqual([
      [3, { offset: 9n, code: 'database.timeout', message: 'Planned.', sinceMs: 500, attempts: 2 }],
      [4, undefined],
      [5, undefined],
    ])
  })

  test('the pipeline has the number of unannounced changes, by source', async () => {
    await seedFeed({ partition: 0, throughMs: 700 })
    await seedMissed('alice')
    await seedMissed('bob', '"x"')
    await seedMissed('carol', '"x"')
    const { missed } = await store().pipeline()
    expect(missed).toEqual([{ tenant: 'acme', source: 'hr', claims: 3 }])
  })

  test('the pipeline names the states that are in doubt as a whole, since the oldest change that raised it', async () => {
    const issuer = { tenant: 'acme', iss: 'https://idp.example', sub: '' }
    const doubt = (of: Subject, offset: bigint, settled = false) =>
      seedDoubt({ subject: of, offset, settled })
    await seed(loggedChange({ id: 'a2', offset: 8n, appendedAtMs: 200 }))
    await seed(loggedChange({ id: 'a1', offset: 7n, appendedAtMs: 110 }))
    await doubt(wholeTenant('acme'), 8n)
    await doubt(wholeTenant('acme'), 7n)
    await doubt(issuer, 9n)
    await doubt(wholeTenant('umbrella'), 7n, true)
    await doubt({ ...issuer, sub: 'x,""]' }, 7n)
    const { doubts } = await store().pipeline()
    const of = { tenant: 'acme', claim: 'groups' }
    expect(doubts.toSorted((a, b) => (a.issuer ?? '').localeCompare(b.issuer ?? ''))).toEqual([
      { ...of, issuer: null, change: 'a1', sinceMs: 110 },
      { ...of, issuer: issuer.iss, change: null, sinceMs: null },
    ])
  })

  test('the pipeline names the feeds whose newest snapshot an activation ended', async () => {
    await seedFeed({ partition: 0, throughMs: 700 })
    await seedVoided(3)
    const { feeds } = await store().pipeline()
    const voided = feeds.filter(({ isVoided }) => isVoided)
    expect(voided.map(({ partition }) => partition)).toEqual([3])
  })

  test('the pipeline counts the accounts that the last snapshot omitted', async () => {
    await seedAccount({ sub: 'alice', omitted: true })
    await seedAccount({ sub: 'bob', omitted: true })
    await seedAccount({ sub: 'carol', omitted: false })
    expect((await store().pipeline()).omitted).toEqual([{ tenant: 'acme', accounts: 2 }])
  })

  test('forgetting drops old edges and old applies', async () => {
    await record(report({}, [apply(10n, 500)]), 1_000)
    await store().forget(1_001)
    expect(await store().edges(0)).toEqual([])
    expect(await store().applies(3, 0n)).toEqual([])
  })
})

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
