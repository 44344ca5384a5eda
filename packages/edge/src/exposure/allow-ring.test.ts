import { subjectKey, type ClaimValue, type JudgedToken } from '@freshet/protocol'
import { ALICE } from '@freshet/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ALLOW_YOUNG_MS } from '../limits.ts'
import { VerifiedToken } from '../token/token-claims.ts'
import type { RouteUse } from '../use/claim-uses.ts'
import { AllowRing } from './allow-ring.ts'
import { carried, type LetIn } from './let-in.ts'

const AMPLE = 1_000_000
const use: RouteUse = { route: 'r', claims: [], counted: [] }
const claimed: readonly (readonly [string, readonly ClaimValue[]])[] = [
  ['groups', ['payments-approvers']],
  ['level', [1]],
]
const subjectOf = (sub: string) => ({ ...ALICE, sub })

const partyOf = (sub: string) => ({
  subject: subjectOf(sub),
  label: { e: 1n, s: 1n, c: 1n },
})

function tokenOf(...subs: readonly [string, ...string[]]): VerifiedToken {
  const names = { tenant: 'acme', issuer: 'i', kid: 'k', jti: 'j', client: 'c' }
  const token: JudgedToken = {
    ...names,
    pv: 1,
    parties: [partyOf(subs[0]), ...subs.slice(1).map(partyOf)],
    claims: new Map(claimed),
  }
  const claims = { token, payload: {}, issuer: '', audiences: [], scope: undefined }
  return new VerifiedToken('', { ...claims, expiresAtMs: 0 })
}

/** Times of what was asked about, oldest first. */
function timesOf(ask: (note: (atMs: number) => boolean) => void): readonly number[] {
  const found: number[] = []
  ask((atMs) => found.push(atMs) > 0)
  return found.toReversed()
}

describe('the ring of allows', () => {
  it('reports the content of a list, by subject and of all, while it holds it', () => {
    const step = fc.record({
      token: fc.nat(5),
      isAsked: fc.boolean(),
      agoMs: fc.nat(30),
      isWide: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(step, { maxLength: 60 }),
        (max, steps) => {
          const tokens = [
            tokenOf('a'),
            tokenOf('a'),
            tokenOf('b'),
            tokenOf('c'),
            tokenOf('a', 'c'),
            tokenOf('b'),
          ]
          const ring = new AllowRing({ allows: max, allowBytes: AMPLE }, 0)
          let list: { token: VerifiedToken; atMs: number; isCounted: boolean }[] = []
          for (const [now, { token: at, isAsked, agoMs, isWide }] of steps.entries()) {
            const token = tokens[at] ?? tokenOf('a')
            if (!isAsked) {
              ring.note(token, use, now)
              list = [...list, { token, atMs: now, isCounted: false }].slice(-max)
              continue
            }
            const { subject } = token.token.parties[0]
            const sinceMs = now - agoMs
            const found = timesOf((note) => {
              if (isWide) ring.askAll(sinceMs, ({ atMs }) => note(atMs))
              else ring.askOf(subjectKey(subject), sinceMs, ({ atMs }) => note(atMs))
            })
            const expected = list.filter(({ token: { token: of }, atMs, isCounted }) => {
              const isHers = of.parties.length > 1 || of.parties[0].subject.sub === subject.sub
              return !isCounted && atMs >= sinceMs && (isWide || isHers)
            })
            expect(found.toSorted((a, b) => a - b)).toEqual(expected.map(({ atMs }) => atMs))
            for (const each of expected) each.isCounted = true
          }
          expect(ring.size).toBe(list.length)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('costs one look where a subject did nothing, whatever others did', () => {
    const ring = new AllowRing({ allows: 1_000, allowBytes: AMPLE }, 0)
    for (let n = 0; n < 1_000; n++) ring.note(tokenOf(`s${n}`), use, n)
    expect(ring.askOf(subjectKey(subjectOf('nobody')), 0, () => true)).toBe(0)
    expect(ring.askOf(subjectKey(subjectOf('s5')), 0, () => true)).toBe(1)
  })

  it('reports from when on it is complete, and how much left too early', () => {
    const ring = new AllowRing({ allows: 2, allowBytes: AMPLE }, 100)
    expect([ring.sinceMs, ring.evictions]).toEqual([100, 0])
    const token = tokenOf('a')
    for (const atMs of [200, 300, 400]) ring.note(token, use, atMs)
    expect([ring.sinceMs, ring.evictions]).toEqual([200, 1])
    ring.note(token, use, 300 + ALLOW_YOUNG_MS)
    expect([ring.sinceMs, ring.evictions]).toEqual([300, 1])
  })

  it('is bounded by bytes, and gives the room back of what gave way', () => {
    const ring = new AllowRing({ allows: 1_000, allowBytes: 10_000 }, 0)
    for (let n = 0; n < 500; n++) {
      ring.note(tokenOf(`s${n}`), use, n)
      expect(ring.bytes).toBeLessThanOrEqual(10_000)
    }
    expect(ring.size).toBeGreaterThan(10)
    expect(ring.size).toBeLessThan(20)
    expect(ring.sinceMs).toBe(499 - ring.size)
    expect(ring.askOf(subjectKey(subjectOf('s499')), 0, () => true)).toBe(1)
    expect(ring.askOf(subjectKey(subjectOf('s3')), 0, () => true)).toBe(0)
    expect(ring.askAll(0, () => true)).toBe(ring.size)
  })

  it('keeps no text, payload or value of a token, and knows which values it carried', () => {
    const ring = new AllowRing({ allows: 4, allowBytes: AMPLE }, 0)
    ring.note(tokenOf('a'), use, 1)
    let kept: LetIn | undefined
    ring.askAll(0, ({ letIn }) => ((kept = letIn), true))
    const text = JSON.stringify(kept, (_, value: unknown) =>
      typeof value === 'bigint' ? 'position' : value,
    )
    expect(text).not.toMatch(/payments-approvers/)
    expect(kept && [carried(kept, 'level', 1), carried(kept, 'level', '1')]).toEqual([true, false])
  })
})
