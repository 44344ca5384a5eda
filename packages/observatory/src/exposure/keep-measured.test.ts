import type { EdgeReport } from '@freshet/events'
import { expect, it } from 'vitest'
import type { ExposureStore } from './exposure-store.ts'
import { keepMeasured } from './keep-measured.ts'

const report: EdgeReport = {
  edge: 'edge-1',
  audience: 'payments',
  version: '0.1.0',
  atMs: 1,
  state: 'live',
  partitions: [],
  decisions: { allow: 0, deny: 0, challenge: 0 },
}
const exposed = [
  {
    tenant: 'acme',
    partition: 3,
    offset: 9n,
    change: 'c1',
    commitAtMs: 100,
    route: 'r',
    requests: 7,
    firstAtMs: 130,
    lastAtMs: 140,
  },
]

/** Knows every report and exposure from its second coming on. */
function keeping() {
  const told: unknown[] = []
  const known = new Set<string>()
  const isNew = (key: string): boolean => !known.has(key) && known.add(key).size > 0
  const store = {
    keepNumbered: async ({ start, n }: { start: string; n: number }) => isNew(`${start}/${n}`),
    keepExposed: async () => (isNew('exposed') ? [{ class: 'reduce', requests: 7 }] : []),
  } as unknown as ExposureStore
  const counts = {
    staleAllows: (...allows: unknown[]) => void told.push(allows),
    evictions: (count: number) => void told.push(count),
  }
  return { told, keep: (each: EdgeReport) => keepMeasured(each, 1, { store, counts }) }
}

it('what a report tells is counted once, however often it comes', async () => {
  const { told, keep } = keeping()
  const numbered = { ...report, start: 'a', n: 0, allows: { evictions: 2, dropped: 1 }, exposed }
  await keep(numbered)
  await keep(numbered)
  await keep({ ...numbered, n: 1 })
  expect(told).toEqual([['reduce', 7], 3, 3])
})

it('a report without a start or a number tells nothing that could be counted twice', async () => {
  const { told, keep } = keeping()
  await keep({ ...report, allows: { evictions: 2, dropped: 1 }, exposed })
  await keep({ ...report, start: 'a', allows: { evictions: 2, dropped: 1 }, exposed })
  expect(told).toEqual([])
})
