import type { Slo } from '@freshet/protocol/slo'
import { expect, test } from 'vitest'
import { staleAllowCounts } from './stale-allow-counts.ts'

const slo: Slo = {
  name: 'stale-allows',
  sli: 'stale-allows',
  class: null,
  thresholdMs: null,
  target: 0.9999,
  description: '',
  windowDays: 28,
  alerts: [],
  alertWindows: [],
}
const totals = {
  allowed: 15,
  exposed: [
    { class: 'kill', requests: 2 },
    { class: null, requests: 1 },
  ],
}

test('of what was let in, all is good that no change should have kept out', () => {
  expect(staleAllowCounts([slo], totals, 60_000)).toEqual([
    { slo: 'stale-allows', origin: 'live', minuteMs: 60_000, good: 12, valid: 15 },
  ])
})

test('a class has its own exposures, and no other measurement any', () => {
  const kill = { ...slo, name: 'kill', class: 'kill' }
  const other: Slo = { ...slo, sli: 'coverage' }
  expect(staleAllowCounts([kill, other], totals, 0).map(({ good }) => good)).toEqual([13])
})

test('an exposure that is told behind its requests takes from what was good before', () => {
  const late = { allowed: 0, exposed: [{ class: 'kill', requests: 2 }] }
  expect(staleAllowCounts([slo], late, 0)).toMatchObject([{ good: -2, valid: 0 }])
  expect(staleAllowCounts([slo], { allowed: 0, exposed: [] }, 0)).toEqual([])
})
