import { describe, expect, it } from 'vitest'
import { cliOf } from '../copy/cli-of.ts'
import { ageOf } from './words.ts'

describe('the command of a view', () => {
  it('has an option for each given part of its query, quoted', () => {
    expect(cliOf('edge ls', { status: 'stale', after: null, limit: '' })).toBe(
      'edge ls --status stale',
    )
    expect(cliOf('audit ls', { ref: "it's; rm -rf /" })).toBe(
      String.raw`audit ls --ref 'it'\''s; rm -rf /'`,
    )
    expect(cliOf('change tail', { probes: true })).toBe('change tail --probes')
    expect(cliOf('change tail', { probes: false })).toBe('change tail')
  })
})

describe('an age in words', () => {
  it.each([
    [0, 'just now'],
    [-900, 'just now'],
    [900, 'just now'],
    [12_400, '12 s ago'],
    [59_999, '59 s ago'],
    [3 * 60_000, '3 min ago'],
    [5 * 3_600_000, '5 h ago'],
    [9 * 86_400_000, '9 d ago'],
    [-240_000, 'in 4 min'],
  ])('of %i ms is %s', (ms, text) => {
    expect(ageOf(ms)).toBe(text)
  })
})
