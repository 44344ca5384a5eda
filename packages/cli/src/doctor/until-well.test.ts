import { describe, expect, it } from 'vitest'
import type { CheckResult } from './check.ts'
import { untilWell } from './until-well.ts'

type Outcome = CheckResult['outcome']
const found = (outcomes: Readonly<Record<string, Outcome>>): readonly CheckResult[] =>
  Object.entries(outcomes).map(([title, outcome]) => {
    return { group: 'g', name: `${title} is well`, title, outcome, detail: '' }
  })

/** Looks that find one thing after the other, the last of them for ever; the time is over after so many pauses. */
async function wait(finds: readonly Readonly<Record<string, Outcome>>[], pausesMax = 100) {
  const over = new AbortController()
  const reported: string[] = []
  let checks = 0
  let pauses = 0
  const results = await untilWell({
    check: async () => found(finds[Math.min(checks++, finds.length - 1)] ?? {}),
    until: over.signal,
    pause: async () => {
      pauses += 1
      if (pauses > pausesMax) over.abort()
    },
    report: (failed) => void reported.push(failed.join(', ')),
  })
  return { checks, reported, outcomes: results.map(({ outcome }) => outcome) }
}

describe('waiting until all is well', () => {
  it('checks once where it is so', async () => {
    expect(await wait([{ a: 'ok', b: 'warning', c: 'skipped' }])).toEqual({
      checks: 1,
      reported: [],
      outcomes: ['ok', 'warning', 'skipped'],
    })
  })

  it('checks again until it is, and prints the missing services once for each change', async () => {
    const both = { a: 'failed', b: 'failed' } as const
    const { checks, reported, outcomes } = await wait([
      both,
      both,
      { a: 'ok', b: 'failed' },
      { a: 'ok', b: 'ok' },
    ])
    expect(checks).toBe(4)
    expect(reported).toEqual(['a (g), b (g)', 'b (g)'])
    expect(outcomes).toEqual(['ok', 'ok'])
  })

  it('ends with the last look when the time is over', async () => {
    const { checks, reported, outcomes } = await wait([{ a: 'failed' }], 3)
    expect(checks).toBe(4)
    expect(reported).toEqual(['a (g)'])
    expect(outcomes).toEqual(['failed'])
  })

  it('checks once where there is no time', async () => {
    const check = async () => found({ a: 'failed' })
    const never = () => Promise.reject(new Error('waited'))
    const results = await untilWell({
      check,
      until: AbortSignal.abort(),
      pause: never,
      report: () => {},
    })
    expect(results).toHaveLength(1)
  })
})
