import type { ProbeRun } from '@freshet/insight'
import { expect, it } from 'vitest'
import { ProbeReport } from './probe-report.ts'

const run = (tookMs: number | null): ProbeRun => ({
  change: 'c',
  marks: [{ step: 'grant', at: null, atMs: 5, clock: 'probe' }],
  broken: tookMs === null ? { step: 'denied', at: 'sidecar', why: 'late' } : null,
  tookMs,
})

it('tells the last probe of each claim, and how long the last sixty took', () => {
  const report = new ProbeReport()
  expect(report.json()).toEqual([])
  for (let n = 0; n < 70; n += 1) report.record('probe', n * 1_000, run(n))
  report.record('probe', 70_000, run(null))
  report.record('probe-kill', 70_000, run(9))
  const [probe, kill] = report.json()
  expect(probe).toMatchObject({ claim: 'probe', tookMs: null, broken: { step: 'denied' } })
  const step = { step: 'grant', at: null, time: '1970-01-01T00:00:00.005Z', clock: 'probe' }
  expect(probe).toMatchObject({ steps: [step] })
  expect(probe?.recent).toHaveLength(60)
  expect(probe?.recent.slice(-2).map(({ tookMs }) => tookMs)).toEqual([69, null])
  expect(kill?.recent).toEqual([{ at: '1970-01-01T00:01:10.000Z', tookMs: 9 }])
})

it('returns what the probe with a removal saw, and nothing for other changes', () => {
  const report = new ProbeReport()
  const denied = { step: 'denied', at: 'sidecar', atMs: 9, clock: 'probe' } as const
  report.record('probe', 2_000, { ...run(9), change: 'c1', marks: [...run(9).marks, denied] })
  report.record('probe', 3_000, { ...run(null), change: 'c2' })
  const at = '1970-01-01T00:00:02.000Z'
  expect(report.seenOf('c1')).toEqual({ at, refusedBy: ['sidecar'], broken: null })
  expect(report.seenOf('c2')).toMatchObject({ refusedBy: [], broken: { step: 'denied' } })
  expect(report.seenOf('c3')).toBeUndefined()
})
