import type { EdgeReport } from '@freshet/wire'
import { expect, it } from 'vitest'
import { isQuiet } from './quiet-report.ts'

const view = { partition: 3, applied: 9n, viewAgeMs: 40, applies: [] }
const quiet: EdgeReport = {
  edge: 'e',
  audience: 'payments',
  version: '0.1.0',
  atMs: 1,
  state: 'live',
  partitions: [view],
  decisions: { allow: 1, deny: 0, challenge: 0 },
  unverified: { isOutOfView: false, sources: [], more: 0 },
  start: 'a',
  n: 4,
}
const apply = { upTo: 9n, appendedAtMs: 1, appliedAtMs: 2 }
const exposure = {
  tenant: 'acme',
  change: 'c1',
  partition: 3,
  offset: 8n,
  route: 'GET /',
  commitAtMs: 1,
  requests: 1,
  firstAtMs: 2,
  lastAtMs: 2,
}

it('a report of an edge that lives on is quiet, also with requests', () => {
  expect(isQuiet(quiet)).toBe(true)
  const { unverified: _, ...earlier } = quiet
  expect(isQuiet(earlier)).toBe(true)
})

it.each<[what: string, report: Partial<EdgeReport>]>([
  ['an apply', { partitions: [view, { ...view, applies: [apply] }] }],
  ['an exposure', { exposed: [exposure] }],
  ['the first report of a start', { n: 0 }],
  ['a start', { state: 'starting' }],
  ['a close', { state: 'closing' }],
  ['a lag', { state: 'lagging' }],
  ['a view that is out of date', { unverified: { isOutOfView: true, sources: [], more: 0 } }],
  [
    'a source that it cannot vouch for',
    {
      unverified: {
        isOutOfView: false,
        sources: [{ tenant: 'acme', source: 'hr', sinceMs: 1 }],
        more: 0,
      },
    },
  ],
])('a report of %s is not', (_, more) => {
  expect(isQuiet({ ...quiet, ...more })).toBe(false)
})
