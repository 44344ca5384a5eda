import { describe, expect, it } from 'vitest'
import type { HealthCause } from '../answers/health.ts'
import { HealthWatch } from './health-watch.ts'

const START_MS = Date.parse('2026-11-24T10:00:00.000Z')
const at = (ms: number): string => new Date(START_MS + ms).toISOString()
const FRESH = { state: 'fresh', causes: [] } as const

const silent = (object: string, since: string | null = null) =>
  ({
    state: 'not-fresh',
    causes: [{ finding: 'sourceSilent', object, tenant: 'acme', since } as HealthCause],
  }) as const
const timesOf = (watch: HealthWatch, ms: number) => {
  const { state, since, asOf, causes } = watch.at(START_MS + ms)
  return [
    state,
    Date.parse(since ?? '') - START_MS,
    asOf && Date.parse(asOf) - START_MS,
    causes.length,
  ]
}

describe('a verdict over time', () => {
  it('is unknown before the first figures', () => {
    expect(timesOf(new HealthWatch(START_MS), 200)).toEqual(['unknown', 0, null, 1])
  })

  it('has the states of the services, unless its figures are old', () => {
    const watch = new HealthWatch(START_MS)
    expect('services' in watch.at(START_MS)).toBe(false)
    const services = [{ service: 'gateway', state: 'ready', since: at(0) }] as const
    watch.see(FRESH, START_MS + 1_000, services)
    expect(watch.at(START_MS + 1_000).services).toEqual(services)
    expect('services' in watch.at(START_MS + 9_000)).toBe(false)
  })

  it('keeps since when the state and each cause are so', () => {
    const watch = new HealthWatch(START_MS)
    watch.see(FRESH, START_MS + 1_000)
    watch.see(silent('hr'), START_MS + 2_000)
    watch.see(silent('hr'), START_MS + 3_000)
    expect(timesOf(watch, 3_100)).toEqual(['not-fresh', 2_000, 3_000, 1])
    expect(watch.at(START_MS + 3_100).causes[0]?.since).toBe(at(2_000))
    watch.see(silent('iga'), START_MS + 4_000)
    expect(watch.at(START_MS + 4_000)).toMatchObject({
      since: at(2_000),
      causes: [{ object: 'iga', since: at(4_000) }],
    })
    watch.see(FRESH, START_MS + 5_000)
    expect(timesOf(watch, 5_000)).toEqual(['fresh', 5_000, 5_000, 0])
  })

  it('keeps the begin that the figures contain', () => {
    const watch = new HealthWatch(START_MS)
    watch.see(silent('hr', at(-9_000)), START_MS)
    expect(watch.at(START_MS).causes[0]?.since).toBe(at(-9_000))
  })

  it('is unknown once the figures are older than 5 s, whatever it was', () => {
    const watch = new HealthWatch(START_MS)
    watch.see(FRESH, START_MS)
    expect(timesOf(watch, 5_000)).toEqual(['fresh', 0, 0, 0])
    expect(timesOf(watch, 5_001)).toEqual(['unknown', 0, 0, 1])
    expect(watch.at(START_MS + 5_001).causes).toMatchObject([
      { finding: 'consoleBlind', object: 'console' },
    ])
    watch.see(FRESH, START_MS + 9_000)
    expect(timesOf(watch, 9_000)).toEqual(['fresh', 9_000, 9_000, 0])
  })
  it('keeps the cause of an unknown state while each attempt to read figures takes longer', () => {
    const watch = new HealthWatch(START_MS)
    const away = { finding: 'databaseAway', object: 'database', tenant: null } as HealthCause
    watch.see(FRESH, START_MS)
    watch.see({ state: 'unknown', causes: [away] }, START_MS + 7_000)
    expect(timesOf(watch, 19_000)).toEqual(['unknown', 7_000, 7_000, 1])
    expect(watch.at(START_MS + 19_000).causes).toMatchObject([{ finding: 'databaseAway' }])
    // Control: figures that end after it are old as others are.
    watch.see(FRESH, START_MS + 20_000)
    expect(watch.at(START_MS + 25_001).causes).toMatchObject([{ finding: 'consoleBlind' }])
  })
})
