import { LATENCY_STAGES, NEVER_MS } from '@freshet/protocol/slo'
import type { LoggedChange } from '@freshet/insight'
import { loggedChange } from '@freshet/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { plantRow } from '../../../../test/setup/plant-row.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'
import { postgresSliStore } from './sli-store.ts'

const TIMES = {
  occurredAtMs: 1_000,
  appendedAtMs: 1_018,
  receivedAtMs: 1_024,
  appliedAtMs: 1_031,
  publishedAtMs: 1_038,
}

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

/** Returns the stages of a change of which two edges had applied what it removed after 52 ms, with their times. */
async function stagesOf(
  changed: Partial<LoggedChange> = {},
  sampled: { readonly complete_ms?: number; readonly edges?: number } = { complete_ms: 52 },
): Promise<readonly (readonly [string, number])[]> {
  const { db, system } = database
  await db.query({ name: '', text: emptied('change_log, change_sample') })
  const change = loggedChange({ ...TIMES, ...changed })
  const { tenant, source, id, partition } = change
  await seedChange(db, change)
  const sample = {
    origin: 'live',
    appended_at_ms: 1_018,
    closed_at_ms: 2_000,
    edges: 2,
    ...sampled,
  }
  await plantRow({ db }, 'change_sample', { tenant, source, id, partition, ...sample })
  const question = { sinceMs: 0, stepMs: 1_000, stage: null }
  const { stages } = await postgresSliStore(system).latency(question, 10)
  return stages.map(({ stage, maxMs }) => [stage, maxMs])
}

it('the time of a change is that of its stages; from the append on they add up', async () => {
  const stages = await stagesOf()
  expect(stages).toEqual([
    ['source', 18],
    ['ingest', 6],
    ['reconcile', 7],
    ['publish', 7],
    ['edge_apply', 32],
    ['complete', 52],
  ])
  expect(stages.map(([stage]) => stage)).toEqual(LATENCY_STAGES)
})

it('no stage has a time below zero where two clocks differ', async () => {
  const skewed = { occurredAtMs: 2_000, receivedAtMs: 1_000, publishedAtMs: 1_010 }
  const stages = await stagesOf(skewed)
  expect(stages).toHaveLength(LATENCY_STAGES.length)
  for (const [, ms] of stages) expect(ms).toBeGreaterThanOrEqual(0)
})

it('the edges have no stage where none counts', async () => {
  const stages = await stagesOf({}, { complete_ms: 20, edges: 0 })
  expect(stages.map(([stage]) => stage)).toEqual(['source', 'ingest', 'reconcile', 'publish'])
})

it('a change that was never complete is beyond every bound', async () => {
  expect((await stagesOf({}, {})).slice(-2)).toEqual([
    ['edge_apply', NEVER_MS],
    ['complete', NEVER_MS],
  ])
  const unpublished = await stagesOf({ publishedAtMs: null }, { edges: 0 })
  expect(unpublished.map(([stage]) => stage)).toEqual(['source', 'ingest', 'reconcile', 'complete'])
})
