import { LATENCY_BOUNDS_MS, LATENCY_STAGES, NEVER_MS } from '@freshet/protocol/slo'
import type { LatencyMap, LatencyQuestion } from '@freshet/insight'
import { ManualClock } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { addLatencyRoute } from './latency-routes.ts'
import { conforming } from '../../../../test/setup/conforming-app.ts'
import { addOpenApi } from '../openapi.ts'
import { routesApp } from '../../../../test/setup/routes-app.ts'

const NOTHING: LatencyMap = { cells: [], stages: [], isCut: false }

async function ask(query: string, map: LatencyMap = NOTHING) {
  const clock = new ManualClock()
  const calls: { question: LatencyQuestion; limit: number }[] = []
  const app = routesApp({
    clock,
  })
  conforming(app, addOpenApi)
  const slis = {
    latency: (question: LatencyQuestion, limit: number) => {
      calls.push({ question, limit })
      return Promise.resolve(map)
    },
  }
  addLatencyRoute(app, { slis, clock })
  const response = await app.request(`/v1/latency${query}`)
  const body = (await response.json()) as Record<string, unknown>
  return { status: response.status, body, asked: calls, nowMs: clock.nowMs() }
}

describe('where the time went', () => {
  it('is asked of a day in 48 spans that end with the one of now, and of so many changes', async () => {
    const { asked, nowMs } = await ask('')
    const [{ question, limit }] = asked as [(typeof asked)[number]]
    expect(question.stepMs).toBe(1_800_000)
    const lastMs = question.sinceMs + 47 * question.stepMs
    expect(lastMs).toBeLessThanOrEqual(nowMs)
    expect(lastMs + question.stepMs).toBeGreaterThan(nowMs)
    expect(limit).toBe(20_000)
  })

  it('names every stage with its clocks, those of which nothing is known too', async () => {
    const { body } = await ask('?hours=1')
    expect(body).toMatchObject({ isComplete: true, stepMs: 75_000, boundsMs: LATENCY_BOUNDS_MS })
    expect(body['stages']).toMatchObject(
      LATENCY_STAGES.map((stage) => ({ stage, changes: 0, p50Ms: null, spans: [] })),
    )
  })

  it('counts changes by span and bucket, and tells what never came so far', async () => {
    const stage = 'complete' as const
    const { body } = await ask('?stage=complete', {
      cells: [
        { stage, fromMs: 0, bucket: 3, changes: 4 },
        { stage, fromMs: 0, bucket: LATENCY_BOUNDS_MS.length, changes: 1 },
      ],
      stages: [{ stage, changes: 5, p50Ms: 9, p99Ms: NEVER_MS, maxMs: NEVER_MS }],
      isCut: true,
    })
    const counts = [...LATENCY_BOUNDS_MS.map(() => 0), 0]
    counts[3] = 4
    counts[LATENCY_BOUNDS_MS.length] = 1
    expect(body).toMatchObject({
      isComplete: false,
      stages: [
        {
          stage,
          clocks: { from: 'broker', to: 'edge' },
          changes: 5,
          p50Ms: 9,
          p99Ms: null,
          maxMs: null,
          isAllDone: false,
          spans: [{ from: '1970-01-01T00:00:00.000Z', counts }],
        },
      ],
    })
  })

  it.each(['?hours=0', '?hours=169', '?hours=1.5', '?hours=', '?hours=-1', '?stage=', '?stage=x'])(
    'is not asked by %s',
    async (query) => {
      const { status, asked } = await ask(query)
      expect([status, asked]).toEqual([400, []])
    },
  )
})
