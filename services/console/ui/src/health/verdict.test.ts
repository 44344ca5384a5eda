import type { HealthAnswer } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { placeOfCause, verdictOf } from './verdict.ts'

const FRESH: HealthAnswer = {
  apiVersion: 'freshet.dev/v1',
  state: 'fresh',
  since: '2026-11-24T10:00:00.000Z',
  asOf: '2026-11-24T10:05:00.000Z',
  causes: [],
}
const PROBLEM = { status: 0, code: 'console.late', title: '', detail: '' }
const answer = { data: FRESH, problem: undefined, isOld: false }

describe('the verdict of a page', () => {
  it('is that of the console', () => {
    expect(verdictOf(answer, false)).toBe(FRESH)
  })

  it('is none before the first answer', () => {
    expect(verdictOf({ ...answer, data: undefined }, false)).toBeUndefined()
  })

  it.each([
    ['the last question failed', { ...answer, problem: PROBLEM }, false],
    ['the answer is old', { ...answer, isOld: true }, false],
    ['the console sends nothing', answer, true],
    ['no question was ever answered', { ...answer, data: undefined, problem: PROBLEM }, false],
  ])('is unknown when %s, because an old verdict can be wrong now', (_, given, isSilent) => {
    const verdict = verdictOf(given, isSilent)
    expect(verdict?.state).toBe('unknown')
    expect(verdict?.causes.map(({ finding }) => finding)).toEqual(['consoleSilent'])
  })

  it('names the problem that the console answered with', () => {
    const problem = { ...PROBLEM, status: 503, title: 'The database is away.' }
    const [cause] = verdictOf({ ...answer, problem }, false)?.causes ?? []
    expect(cause?.what).toBe('the console has no verdict: The database is away')
  })

  it.each([
    ['edgeGone', 'a', '/edges?standing=disconnected'],
    ['edgeStale', 'a', '/edges?standing=stale'],
    ['parkedMeant', 'a', '/quarantine'],
    ['budgetSpent', 'correctness', '/slos?slo=correctness'],
    ['sourceSilent', 'hr', '/'],
  ])('leads from %s to its page', (finding, object, place) => {
    expect(placeOfCause({ finding, object })).toBe(place)
  })
})
