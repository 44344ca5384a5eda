import type { MeasuredChange } from '@freshet/insight/answers'
import { expect, it } from 'vitest'
import { howItEnded } from './latest-measured.tsx'

const measured: MeasuredChange = {
  kind: 'change',
  id: 'hr-1',
  tenant: 'acme',
  source: 'hr',
  class: 'reduce',
  origin: 'live',
  appendedAt: '2026-11-24T09:59:58.000Z',
  measuredAt: '2026-11-24T09:59:59.000Z',
  completeMs: 1_037,
  edges: 2,
  slowest: 'sidecar:2',
  missing: [],
}

it.each<[Partial<MeasuredChange>, string]>([
  [{}, 'complete at 2 edges 1037 ms after its append'],
  [{ isUpperBound: true }, 'complete at 2 edges at most 1037 ms after its append'],
  [{ edges: 1 }, 'complete at 1 edge 1037 ms after its append'],
  [{ edges: 0 }, 'no edge was counted'],
  [{ completeMs: null, missing: ['sidecar'] }, 'not complete: sidecar continued to serve'],
])('%j is told to the millisecond, and never as less than it was', (more, sentence) => {
  expect(howItEnded({ ...measured, ...more })).toBe(sentence)
})
