import type { ExposureJson } from '@freshet/insight/answers'
import { expect, it } from 'vitest'
import { exposureText, waterfallText } from './waterfall.ts'
import { fixedChange } from '../../../test/fixed-status.ts'

function exposure(more: Partial<ExposureJson> = {}): ExposureJson {
  return { requests: 0, errorMs: 1.26, isLowerBound: false, byEdge: [], notKnown: [], ...more }
}

it('a count of zero is shown, with the error and the compared clocks', () => {
  expect(exposureText(exposure())).toBe(
    '0 requests were allowed after the commit at the source (± 1.3 ms; clocks: source, edge)',
  )
})

it('allowed requests are shown by route and edge', () => {
  const byEdge = [
    { edge: 'sidecar', route: 'POST /approve', requests: 11 },
    { edge: 'sidecar:2', route: '-', requests: 1 },
  ]
  expect(exposureText(exposure({ requests: 12, byEdge, errorMs: 240.4 }))).toBe(
    `
12 requests were allowed after the commit at the source (± 240 ms; clocks: source, edge)
  11 by POST /approve at sidecar
  1 by a route without a name at sidecar:2
`.trim(),
  )
})

it('the count is a lower bound if an edge has not reported, and unknown if none has', () => {
  const notKnown = ['edge-7', 'edge-8']
  const partly = { requests: 1, isLowerBound: true, notKnown, errorMs: null }
  expect(exposureText(exposure(partly))).toBe(
    `
at least 1 request was allowed after the commit at the source (error of the clocks unknown; clocks: source, edge)
  unknown, or for part of the time: edge-7, edge-8
`.trim(),
  )
  expect(exposureText(exposure({ requests: null, isLowerBound: true }))).toBe(
    'requests allowed after the commit at the source: unknown, no edge has reported',
  )
})

it('stands below the way of the change, and names from outside steer no terminal', () => {
  const text = waterfallText(fixedChange({ exposure: exposure({ notKnown: ['\u001b[2J'] }) }))
  expect(text).toMatch(/tokens marked stale: 1\n0 requests were allowed/)
  expect(text).not.toContain('\u001b')
})
