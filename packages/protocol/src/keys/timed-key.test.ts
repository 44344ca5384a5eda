import { describe, expect, it } from 'vitest'
import { isPublished, keyStates, signingKey, type TimedKey } from './timed-key.ts'

const NOW = 1_795_000_000_000
const DAY_MS = 86_400_000

const old: TimedKey = { kid: 'old', signsFromMs: NOW - DAY_MS, publishedUntilMs: NOW + DAY_MS }
const current: TimedKey = { kid: 'current', signsFromMs: NOW - 1_000 }
const next: TimedKey = { kid: 'next', addedMs: NOW - 1_000 }
const set = [next, old, current]

const signerOf = (keys: readonly TimedKey[], nowMs = NOW, denied: readonly string[] = []) =>
  signingKey(keys, nowMs, (kid) => !denied.includes(kid))?.kid

describe('the key that signs', () => {
  it('is the last whose time has come, wherever it stands in the file', () => {
    expect(signerOf(set)).toBe('current')
    expect(signerOf(set.toReversed())).toBe('current')
  })

  it('changes at the millisecond that the set names', () => {
    const planned = [current, { ...next, signsFromMs: NOW + 5 }]
    expect(signerOf(planned, NOW + 4)).toBe('current')
    expect(signerOf(planned, NOW + 5)).toBe('next')
  })

  it('is the old one again when the clock steps back, and only then', () => {
    expect(signerOf(set, NOW - 2_000)).toBe('old')
    expect(signerOf(set, NOW - 10 * DAY_MS)).toBe('old')
    expect(signerOf(set, NOW + 10 * DAY_MS)).toBe('current')
  })

  it('is the waiting one at once when the one in turn is denied, however short it was published', () => {
    expect(signerOf(set, NOW, ['current'])).toBe('next')
    const planned = [current, { ...next, signsFromMs: NOW + DAY_MS }, { kid: 'last' }]
    expect(signerOf(planned, NOW, ['current'])).toBe('next')
    expect(signerOf(planned, NOW, ['current', 'next'])).toBe('last')
  })

  it('is never one that was superseded, even if nothing else is left', () => {
    expect(signerOf([old, current], NOW, ['current'])).toBeUndefined()
  })

  it('is none when every key is denied, revoked or out of date', () => {
    expect(signerOf([])).toBeUndefined()
    expect(signerOf(set, NOW, ['current', 'next'])).toBeUndefined()
    expect(signerOf([{ ...current, revokedMs: NOW }])).toBeUndefined()
    expect(signerOf([{ ...current, publishedUntilMs: NOW }])).toBeUndefined()
  })

  it('steps over a revoked key to the one behind it', () => {
    expect(signerOf([old, { ...current, revokedMs: NOW - 1 }, next])).toBe('next')
  })

  it('is the first in the file where no key has a time, or none has come yet', () => {
    expect(signerOf([{ kid: 'b' }, { kid: 'a' }])).toBe('b')
    expect(
      signerOf([
        { kid: 'late', signsFromMs: NOW + 9 },
        { kid: 'x', signsFromMs: NOW + 1 },
      ]),
    ).toBe('x')
  })
})

describe('a key is published', () => {
  it.each([
    ['while nothing ends it', {}, true],
    ['until its time is over', { publishedUntilMs: NOW + 1 }, true],
    ['not from that time on', { publishedUntilMs: NOW }, false],
    ['not once it was revoked', { revokedMs: NOW + DAY_MS }, false],
    ['before it signs', { signsFromMs: NOW + DAY_MS }, true],
  ])('%s', (_, times, expected) => {
    expect(isPublished({ kid: 'k', ...times }, NOW)).toBe(expected)
  })
})

describe('states', () => {
  it('show the use of each key, in the order of turns', () => {
    const gone = { kid: 'gone', signsFromMs: NOW - 3 * DAY_MS, publishedUntilMs: NOW - 1 }
    const bad = { kid: 'bad', signsFromMs: NOW - 2 * DAY_MS, revokedMs: NOW - DAY_MS }
    const states = keyStates([...set, bad, gone], NOW).map(({ key, state }) => [key.kid, state])
    expect(states).toEqual([
      ['gone', 'retired'],
      ['bad', 'revoked'],
      ['old', 'retiring'],
      ['current', 'signing'],
      ['next', 'next'],
    ])
  })

  it('show that none signs', () => {
    const states = keyStates([{ ...current, revokedMs: 1 }], NOW)
    expect(states.map(({ state }) => state)).toEqual(['revoked'])
  })
})
