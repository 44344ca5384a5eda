import { subjectKey, subjectKeyEnd } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import type { LoggedChange, RecentQuestion } from '@freshet/insight'
import { loggedChange, ManualClock } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { plantRow } from '../../../../test/setup/plant-row.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'
import { postgresObservatoryStore } from './observatory-store.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.db.query({ name: '', text: emptied('change_log, progress') })
})

const store = () => postgresObservatoryStore(database.system, new ManualClock())
const seed = (change: LoggedChange): Promise<void> => seedChange(database.db, change)
const seedPartition = (): Promise<void> =>
  plantRow({ db: database.db }, 'progress', { partition: 3, e: 1n, next_offset: 9n })

test('the latest changes are found, newest first, of this incarnation, and by their trace', async () => {
  await seedPartition()
  const traceId = 'a'.repeat(32)
  const changes = [
    { id: 'past', appliedAtMs: 4, e: 0n, offset: 3n },
    { id: 'c4', appliedAtMs: 5, offset: 4n, traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
    { id: 'c5', appliedAtMs: 6, offset: 5n, tightened: false },
  ]
  for (const change of changes) await seed(loggedChange(change))
  const ids = async (question: RecentQuestion, limit = 10): Promise<string[]> =>
    (await store().recent(question, limit)).map(({ id }) => id)
  expect(await ids({})).toEqual(['c5', 'c4'])
  expect(await ids({}, 1)).toEqual(['c5'])
  expect(await ids({ traceId })).toEqual(['c4'])
  expect(await ids({ traceId: 'c'.repeat(32) })).toEqual([])
})

test('the latest changes are found by tenant, source, subject, outcome and time, and by all of them', async () => {
  await seedPartition()
  const own = {
    tenant: 'globex',
    source: 'iga',
    subject: subjectKey({ tenant: 'globex', iss: 'https://idp.example', sub: 'b"o%b' }),
    outcome: 'late' as const,
  }
  const other = { appliedAtMs: 5, offset: 4n, subject: null }
  await seed(loggedChange({ id: 'other', ...other }))
  await seed(loggedChange({ id: 'own', appliedAtMs: 6, offset: 5n, ...own }))
  const ids = async (question: RecentQuestion): Promise<string[]> =>
    (await store().recent(question, 10)).map(({ id }) => id)
  const { tenant, source, outcome } = own
  const each = { tenant, source, outcome, subjectEnd: subjectKeyEnd('b"o%b'), sinceMs: 6 }
  for (const [member, value] of Object.entries(each)) {
    expect([member, await ids({ [member]: value })]).toEqual([member, ['own']])
    const another = typeof value === 'number' ? value + 1 : `${value}x`
    expect([member, await ids({ ...each, [member]: another })]).toEqual([member, []])
  }
  expect(await ids(each)).toEqual(['own'])
  expect(await ids({})).toEqual(['own', 'other'])
})

test('what probes change is no news, but where its trace or its id is asked for', async () => {
  await seedPartition()
  const traceId = 'a'.repeat(32)
  const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`
  const probe = { tenant: PROBE_NAME, id: 'probe', appliedAtMs: 9, offset: 5n, traceparent }
  await seed(loggedChange({ id: 'real', appliedAtMs: 5, offset: 4n }))
  await seed(loggedChange(probe))
  const ids = async (found: Promise<readonly { readonly id: string }[]>): Promise<string[]> =>
    (await found).map(({ id }) => id)
  expect((await store().pipeline()).latest?.id).toBe('real')
  expect(await ids(store().recent({}, 10))).toEqual(['real'])
  expect(await ids(store().tightened({ sinceMs: 0, kinds: ['claim'] }, 10))).toEqual(['real'])
  expect(await ids(store().recent({ traceId }, 10))).toEqual(['probe'])
  expect(await ids(store().changes('probe'))).toEqual(['probe'])
})
