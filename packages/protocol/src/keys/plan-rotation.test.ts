import { describe, expect, it } from 'vitest'
import { KEY_LEAD_MS, planRotation, type RotationTerms } from './plan-rotation.ts'
import { keyStates, signingKey, type TimedKey } from './timed-key.ts'

const NOW = 1_795_000_000_000
const KEEP_MS = 90_000_000

const terms = (more: Partial<RotationTerms> = {}): RotationTerms => ({
  nowMs: NOW,
  leadMs: KEY_LEAD_MS,
  keepMs: KEEP_MS,
  revoke: new Set(),
  fresh: ['fresh-1', 'fresh-2'],
  ...more,
})

const signing: TimedKey = { kid: 'a', signsFromMs: NOW - 1_000_000 }
const waiting: TimedKey = { kid: 'b', addedMs: NOW - KEY_LEAD_MS }

/** The plan, which must not be refused. */
function rotate(keys: readonly TimedKey[], more: Partial<RotationTerms> = {}) {
  const plan = planRotation(keys, terms(more))
  if (plan.kind !== 'rotate') throw new Error(plan.kind)
  return plan
}
const statesAt = (keys: readonly TimedKey[], nowMs: number) =>
  keyStates(keys, nowMs).map(({ key, state }) => `${key.kid} ${state}`)

describe('a rotation', () => {
  it('lets the waiting key sign at once that was published for the lead, and makes another', () => {
    const plan = rotate([signing, waiting])
    expect(plan).toEqual({
      kind: 'rotate',
      keys: [
        { ...signing, publishedUntilMs: NOW + KEEP_MS },
        { ...waiting, signsFromMs: NOW },
        { kid: 'fresh-1', addedMs: NOW },
      ],
      made: ['fresh-1'],
      dropped: [],
    })
    expect(statesAt(plan.keys, NOW)).toEqual(['a retiring', 'b signing', 'fresh-1 next'])
  })

  it('waits for the rest of the lead where it was published for a part of it', () => {
    const plan = rotate([signing, { ...waiting, addedMs: NOW - 1_000 }])
    const atMs = NOW - 1_000 + KEY_LEAD_MS
    expect(signingKey(plan.keys, atMs - 1)?.kid).toBe('a')
    expect(signingKey(plan.keys, atMs)?.kid).toBe('b')
    expect(plan.keys[0]?.publishedUntilMs).toBe(atMs + KEEP_MS)
  })

  it('makes both keys where only one is there, and lets the first wait for its turn', () => {
    const { keys, made } = rotate([{ kid: 'a' }])
    expect(made).toEqual(['fresh-1', 'fresh-2'])
    expect(statesAt(keys, NOW)).toEqual(['a signing', 'fresh-1 next', 'fresh-2 next'])
    expect(statesAt(keys, NOW + KEY_LEAD_MS)).toEqual([
      'a retiring',
      'fresh-1 signing',
      'fresh-2 next',
    ])
  })

  it('begins a set from nothing: one signs now, one waits', () => {
    expect(statesAt(rotate([]).keys, NOW)).toEqual(['fresh-1 signing', 'fresh-2 next'])
  })

  it('is refused while another waits for its time, so that each is published for the lead', () => {
    const { keys } = rotate([{ kid: 'a' }])
    expect(planRotation(keys, terms({ nowMs: NOW + 1 }))).toEqual({
      kind: 'under-way',
      kid: 'fresh-1',
      signsFromMs: NOW + KEY_LEAD_MS,
    })
  })

  it('drops keys whose time is over, and keeps the others as they are', () => {
    const retiring = { kid: 'r', signsFromMs: 1, publishedUntilMs: NOW + 1 }
    const retired = { kid: 'g', signsFromMs: 1, publishedUntilMs: NOW }
    const longRevoked = { kid: 'v', signsFromMs: 1, revokedMs: NOW - KEEP_MS }
    const plan = rotate([retired, longRevoked, retiring, signing, waiting])
    expect(plan.dropped).toEqual(['g', 'v'])
    expect(plan.keys[0]).toEqual(retiring)
  })
})

describe('revoking', () => {
  it('the signing key lets the waiting one sign at once, published long enough or not', () => {
    const { keys, made } = rotate([signing, { ...waiting, addedMs: NOW }], {
      revoke: new Set(['a']),
    })
    expect(statesAt(keys, NOW)).toEqual(['a revoked', 'b signing', 'fresh-1 next'])
    expect(made).toEqual(['fresh-1'])
  })

  it('the signing key overtakes a rotation that is under way', () => {
    const { keys } = rotate([{ kid: 'a' }])
    const plan = rotate(keys, { revoke: new Set(['a']), fresh: ['x', 'y'] })
    expect(statesAt(plan.keys, NOW)).toEqual(['a revoked', 'fresh-1 signing', 'fresh-2 next'])
    expect(plan.made).toEqual([])
  })

  it('a key that was to sign lets the one behind it take the turn, after its own lead', () => {
    const { keys } = rotate([{ kid: 'a' }])
    const laterMs = NOW + 1_000
    const plan = rotate(keys, { nowMs: laterMs, revoke: new Set(['fresh-1']), fresh: ['x', 'y'] })
    expect(statesAt(plan.keys, laterMs)).toEqual([
      'a signing',
      'fresh-2 next',
      'fresh-1 revoked',
      'x next',
    ])
    expect(statesAt(plan.keys, NOW + KEY_LEAD_MS)).toContain('fresh-2 signing')
  })

  it('every key makes two new ones, of which one signs', () => {
    const { keys } = rotate([signing, waiting], { revoke: new Set(['a', 'b']) })
    expect(statesAt(keys, NOW)).toEqual([
      'a revoked',
      'fresh-1 signing',
      'b revoked',
      'fresh-2 next',
    ])
  })

  it('another key than the signing one changes no turn, and a waiting one is replaced', () => {
    const retiring = { kid: 'r', signsFromMs: 1, publishedUntilMs: NOW + 1 }
    const revoke = new Set(['b', 'r'])
    const { keys } = rotate([retiring, signing, waiting], { revoke })
    expect(signingKey(keys, NOW)).toEqual(signing)
    expect(statesAt(keys, NOW)).toEqual(['r revoked', 'a signing', 'b revoked', 'fresh-1 next'])
  })
})
