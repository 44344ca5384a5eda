import { expect, it } from 'vitest'
import type { Heartbeat, ThroughGroup } from '../checkpoint/checkpoint.ts'
import { SourceViews } from './source-views.ts'
import { TENANT_LISTS_MAX, TenantLists } from './tenant-lists.ts'

const group = (list: string, tenants?: readonly string[]): ThroughGroup => ({
  list,
  ...(tenants && { tenants }),
  sources: new Map([['hr', 100]]),
})

const stating = (...groups: readonly ThroughGroup[]): Heartbeat => ({
  through: new Map(),
  groups,
  minimumPv: 1,
  mapVersion: 1,
  mapHash: 'map',
  next: { offset: 0n, lastRecordHash: null },
  base: { hash: 'base', offset: 0n },
})

function viewsOf(lists: TenantLists, heartbeat: Heartbeat): SourceViews {
  const views = new SourceViews()
  views.merge(lists.read(heartbeat), { nowMonoMs: 1, latestMs: 1_000 })
  return views
}

it('a group states its tenants, and no other one', () => {
  const lists = new TenantLists()
  lists.take(stating(group('ab', ['a', 'b'])))
  const views = viewsOf(lists, stating(group('ab')))
  const view = { atMs: 100, state: 'complete', receivedAtMonoMs: 1 }
  expect(views.get('a', 'hr')).toEqual(view)
  expect(views.get('b', 'hr')).toEqual(view)
  expect(views.get('c', 'hr')).toBeUndefined()
  expect(views.isSurpassedBy(lists.read(stating(group('ab'))), 1_000)).toBe(false)
})

it('a group whose list is not known states nothing; control: taken for another list it would', () => {
  const lists = new TenantLists()
  lists.take(stating(group('ab', ['a', 'b'])))
  expect(lists.read(stating(group('a'))).groups).toEqual([])
  expect(viewsOf(lists, stating(group('a'))).get('b', 'hr')).toBeUndefined()
  expect(viewsOf(lists, stating(group('ab'))).get('b', 'hr')).toBeDefined()
})

it('what is replayed is bounded, and pushes out no list that the last believed heartbeat named', () => {
  const lists = new TenantLists()
  const named = stating(group('named', ['a']))
  lists.take(named)
  lists.keep(named)
  for (let n = 0; n < 3 * TENANT_LISTS_MAX; n += 1) lists.take(stating(group(`old-${n}`, ['a'])))
  expect(lists.size).toBe(TENANT_LISTS_MAX + 1)
  expect(lists.read(named).groups).toHaveLength(1)
})

it('lists are forgotten with all else where a key was revoked', () => {
  const lists = new TenantLists()
  lists.take(stating(group('a', ['a'])))
  lists.clear()
  expect(lists.read(stating(group('a'))).groups).toEqual([])
})
