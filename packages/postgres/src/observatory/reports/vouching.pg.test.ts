import { MINUTE_MS, type DeniedCounts } from '@freshet/protocol/slo'
import type { EdgeMinute, KnownEdge } from '@freshet/insight'
import type { EdgeReport, UnverifiedSources } from '@freshet/wire'
import { SLI_NOW_MS as NOW, sliReport } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../../test/setup/database.ts'
import { sliStores, type SliUnderTest } from '../../../../../test/setup/sli-stores.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const decisions = { allow: 5, deny: 4, challenge: 0 }
const denied: DeniedCounts = { stale: 1, unverified: 2, insufficient: 1, other: 0 }
const clean: UnverifiedSources = { isOutOfView: false, sources: [], more: 0 }
const silent: UnverifiedSources = {
  isOutOfView: false,
  sources: [
    { tenant: 'acme', source: 'hr', sinceMs: NOW - 14_000 },
    { tenant: 'acme', source: 'iga' },
  ],
  more: 3,
}

describe('what edges cannot vouch for', () => {
  let under: SliUnderTest
  beforeEach(async () => {
    under = await sliStores(database)
  })
  const report = (more: Partial<EdgeReport>, reportedAtMs: number) =>
    under.observatory.record([{ report: sliReport(more), reportedAtMs }])
  const edge = async (): Promise<KnownEdge | undefined> => (await under.observatory.edges(0))[0]
  const minute = async (): Promise<EdgeMinute | undefined> =>
    (await under.sli.edgeMinutes([NOW], ['edge-1']))[0]

  test('its unverified sources are those of its last report, until they are verified again', async () => {
    await report({ unverified: silent }, NOW)
    expect((await edge())?.unverified).toEqual(silent)
    await report({ unverified: { ...clean, isOutOfView: true } }, NOW + 1_000)
    expect((await edge())?.unverified).toEqual({ ...clean, isOutOfView: true })
    await report({ unverified: clean }, NOW + 2_000)
    expect((await edge())?.unverified).toEqual(clean)
  })

  test('a report of a release that does not name them leaves none of them', async () => {
    await report({ unverified: silent }, NOW)
    await report({}, NOW + 1_000)
    expect(await edge()).not.toHaveProperty('unverified')
  })

  test('denials are counted by reason, minute by minute', async () => {
    await report({ decisions, denied }, NOW + 1_000)
    await report({ decisions: { allow: 1, deny: 0, challenge: 0 } }, NOW + 2_000)
    await report({ decisions, denied }, NOW + 3_000)
    await report({ decisions, denied }, NOW + MINUTE_MS)
    expect(await minute()).toMatchObject({
      denies: 8,
      denied: { stale: 2, unverified: 4, insufficient: 2, other: 0 },
    })
  })

  test('a denial without its reason leaves the reasons of its minute unknown', async () => {
    await report({ decisions, denied }, NOW + 1_000)
    await report({ decisions }, NOW + 2_000)
    await report({ decisions, denied }, NOW + 3_000)
    const found = await minute()
    expect(found).toMatchObject({ denies: 12 })
    expect(found?.denied).toBeNull()
  })

  test('a count of denials stays exact as JSON, whatever is reported', async () => {
    const most = { ...denied, unverified: Number.MAX_SAFE_INTEGER }
    await report({ decisions, denied: most }, NOW + 1_000)
    await report({ decisions, denied: most }, NOW + 2_000)
    expect((await minute())?.denied?.unverified).toBe(Number.MAX_SAFE_INTEGER)
  })
})

it('a console of an earlier build keeps no unverified sources for a report that has none', async () => {
  const { observatory } = await sliStores(database)
  const unverified = { isOutOfView: true, sources: [], more: 0 }
  await observatory.record([{ report: sliReport({ unverified }), reportedAtMs: 1_000 }])
  expect(await observatory.edges(0)).toMatchObject([{ unverified }])
  // Such a build stores the next report and leaves the column as it is.
  await database.db.query({ name: '', text: 'UPDATE edge SET reported_at_ms = 2_000' })
  const [edge] = await observatory.edges(0)
  expect(edge).toMatchObject({ reportedAtMs: 2_000 })
  expect(edge).not.toHaveProperty('unverified')
})
