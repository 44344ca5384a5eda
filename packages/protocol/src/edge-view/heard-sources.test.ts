import { expect, test } from 'vitest'
import { HeardSources } from './heard-sources.ts'
import type { KnownThrough } from './tenant-lists.ts'

const told = (hr: number | null, iga: number | null): KnownThrough => {
  const at = (atMs: number | null) => ({ atMs, state: 'complete' as const })
  const table = new Map([['acme', new Map(Object.entries({ hr: at(hr), iga: at(iga) }))]])
  return { table, groups: [] }
}

test('what each source told grows by itself: news of one takes nothing back of another (rule 9)', () => {
  const heard = new HeardSources()
  heard.merge(told(100, 100), 1)
  heard.merge(told(90, 110), 2)
  expect(heard.get('acme', 'hr')).toMatchObject({ atMs: 100, receivedAtMonoMs: 1 })
  expect(heard.get('acme', 'iga')).toMatchObject({ atMs: 110, receivedAtMonoMs: 2 })
  heard.merge(told(null, 120), 3)
  expect(heard.get('acme', 'hr')).toMatchObject({ atMs: 100, receivedAtMonoMs: 1 })
})

test('the same again renews no receipt age, and nothing of another tenant is known (rule 38)', () => {
  const heard = new HeardSources()
  heard.merge(told(100, 100), 1)
  heard.merge(told(100, 100), 9)
  expect(heard.get('acme', 'hr')?.receivedAtMonoMs).toBe(1)
  expect(heard.isSurpassedBy(told(100, 100))).toBe(false)
  expect(heard.isSurpassedBy(told(90, 101))).toBe(true)
  expect(heard.get('globex', 'hr')).toBeUndefined()
  expect([...heard.tenants()]).toEqual(['acme'])
})
