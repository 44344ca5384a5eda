import type { Exposure } from '@freshet/answers'
import { expect, it } from 'vitest'
import { exposureText } from './exposure-text.ts'
import { fixedChange } from './fixed-change.ts'
import { waterfallText } from './waterfall.ts'

function exposure(more: Partial<Exposure> = {}): Exposure {
  return { requests: 0, errorMs: 1.26, isLowerBound: false, byEdge: [], notKnown: [], ...more }
}

it('none that was let in is said, with the error and whose clocks were compared', () => {
  expect(exposureText(exposure())).toBe(
    '0 requests were let in after the source had committed (± 1.3 ms; clocks: source, edge)',
  )
})

it('what was let in is told by route and edge', () => {
  const byEdge = [
    { edge: 'sidecar', route: 'POST /approve', requests: 11 },
    { edge: 'sidecar:2', route: '-', requests: 1 },
  ]
  expect(exposureText(exposure({ requests: 12, byEdge, errorMs: 240.4 }))).toBe(
    `
12 requests were let in after the source had committed (± 240 ms; clocks: source, edge)
  11 by POST /approve at sidecar
  1 by a route without a name at sidecar:2
`.trim(),
  )
})

it('where an edge has not told it is a lower bound, and where none has it is not known', () => {
  const notKnown = ['edge-7', 'edge-8']
  const partly = { requests: 1, isLowerBound: true, notKnown, errorMs: null }
  expect(exposureText(exposure(partly))).toBe(
    `
at least 1 request was let in after the source had committed (error of the clocks not known; clocks: source, edge)
  not known, or not of the whole time: edge-7, edge-8
`.trim(),
  )
  expect(exposureText(exposure({ requests: null, isLowerBound: true }))).toBe(
    'requests let in after the source had committed: not known, no edge has told',
  )
})

it('stands below the way of the change, and names from outside steer no terminal', () => {
  const text = waterfallText(fixedChange({ exposure: exposure({ notKnown: ['\u001b[2J'] }) }))
  expect(text).toMatch(/tokens marked stale: 1\n0 requests were let in/)
  expect(text).not.toContain('\u001b')
})
