import { expect, test } from 'vitest'
import { SourceViews } from './source-views.ts'
import type { KnownThrough } from './tenant-lists.ts'

const throughsOf = (hr: number | null, iga: number | null): KnownThrough => {
  const at = (atMs: number | null) => ({ atMs, state: 'complete' as const })
  const table = new Map([['acme', new Map(Object.entries({ hr: at(hr), iga: at(iga) }))]])
  return { table, groups: [] }
}

test('the time of each source grows by itself: a later one of another takes nothing back (rule 9)', () => {
  const views = new SourceViews()
  views.merge(throughsOf(100, 100), { nowMonoMs: 1, latestMs: 1_000 })
  views.merge(throughsOf(90, 110), { nowMonoMs: 2, latestMs: 1_000 })
  expect(views.get('acme', 'hr')).toMatchObject({ atMs: 100, receivedAtMonoMs: 1 })
  expect(views.get('acme', 'iga')).toMatchObject({ atMs: 110, receivedAtMonoMs: 2 })
  views.merge(throughsOf(null, 120), { nowMonoMs: 3, latestMs: 1_000 })
  expect(views.get('acme', 'hr')).toMatchObject({ atMs: 100, receivedAtMonoMs: 1 })
})

test('the same again renews no receipt age, and nothing of another tenant is known (rule 38)', () => {
  const views = new SourceViews()
  views.merge(throughsOf(100, 100), { nowMonoMs: 1, latestMs: 1_000 })
  views.merge(throughsOf(100, 100), { nowMonoMs: 9, latestMs: 1_000 })
  expect(views.get('acme', 'hr')?.receivedAtMonoMs).toBe(1)
  expect(views.isSurpassedBy(throughsOf(100, 100), 1_000)).toBe(false)
  expect(views.isSurpassedBy(throughsOf(90, 101), 1_000)).toBe(true)
  expect(views.get('globex', 'hr')).toBeUndefined()
  expect([...views.tenants()]).toEqual(['acme'])
})

test('a time from the future counts for no source, and takes nothing of the right one back (rule 16)', () => {
  const views = new SourceViews()
  views.merge(throughsOf(100, 2_001), { nowMonoMs: 1, latestMs: 2_000 })
  expect(views.get('acme', 'hr')?.atMs).toBe(100)
  expect(views.get('acme', 'iga')?.atMs).toBeNull()
  expect(views.latestMs).toBe(100)
  expect(views.isSurpassedBy(throughsOf(100, 2_001), 2_000)).toBe(false)
  views.merge(throughsOf(100, 2_000), { nowMonoMs: 2, latestMs: 2_000 })
  expect(views.get('acme', 'iga')).toMatchObject({ atMs: 2_000, receivedAtMonoMs: 2 })
})

test('control of rule 16: a time from the future that counted is later than each right one', () => {
  const views = new SourceViews()
  views.merge(throughsOf(2_001, 100), { nowMonoMs: 1, latestMs: Number.POSITIVE_INFINITY })
  views.merge(throughsOf(110, 110), { nowMonoMs: 2, latestMs: 2_000 })
  expect(views.get('acme', 'hr')).toMatchObject({ atMs: 2_001, receivedAtMonoMs: 1 })
  expect(views.latestMs).toBe(2_001)
})
