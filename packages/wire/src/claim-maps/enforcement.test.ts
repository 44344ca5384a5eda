import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRfc3339 } from '../json/rfc3339.ts'
import { enforcementForm, enforcementText, observedUntilMs } from './enforcement.ts'

const at = (time: string): number => parseRfc3339(time) ?? Number.NaN

describe('how a route is enforced', () => {
  it('is always, or observed through the end of a day in UTC', () => {
    expect(observedUntilMs('always')).toBeUndefined()
    expect(observedUntilMs('observe until 2026-12-24')).toBe(at('2026-12-25T00:00:00Z'))
    expect(observedUntilMs('observe until 2028-02-29')).toBe(at('2028-03-01T00:00:00Z'))
  })

  it.each([
    '',
    'observe',
    'never',
    'observe until',
    'observe until tomorrow',
    'observe until 2026-02-29',
    'observe until 2026-04-31',
    'observe until 2026-13-01',
    'observe until 2100-02-29',
    'observe until 2026-12-24T00:00:00Z',
    ' observe until 2026-12-24',
    'observe until 2026-12-24 ',
    'Observe until 2026-12-24',
  ])('is not %j: no route is observed by a text that cannot be read', (text) => {
    expect(observedUntilMs(text)).toBe('malformed')
  })

  it('knows every day of the calendar, and no other: the form and the calendar agree', () => {
    const number = (max: number, digits: number): fc.Arbitrary<string> =>
      fc.nat(max).map((n) => String(n).padStart(digits, '0'))
    const day = fc.tuple(number(2_400, 4), number(13, 2), number(32, 2))
    fc.assert(
      fc.property(day, (parts) => {
        const text = parts.join('-')
        const isDay = parseRfc3339(`${text}T00:00:00Z`) !== undefined
        expect(enforcementForm.test(`observe until ${text}`)).toBe(isDay)
        const untilMs = observedUntilMs(`observe until ${text}`)
        if (untilMs !== 'malformed') expect(enforcementText(untilMs)).toBe(`observe until ${text}`)
      }),
      { numRuns: 2_000 },
    )
    expect(enforcementText(undefined)).toBe('always')
  })
})
