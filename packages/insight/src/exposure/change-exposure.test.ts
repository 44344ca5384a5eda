import { loggedChange } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import type { RecordedApply, KnownEdge } from '../observatory-store.ts'
import { changeExposure, conflictingEdges, type ExposureGround } from './change-exposure.ts'
import type { EdgeExposure, EdgeStart } from './exposure-store.ts'

/** Committed at 100, published at 120. */
const change = loggedChange()

function edge(name: string): KnownEdge {
  const of = { edge: name, audience: 'payments', version: '0.1.0', state: 'live' } as const
  return { ...of, reportedAtMs: 9_000, liveSinceMs: null, signer: null, partitions: [] }
}

function applied(name: string, allowsSinceMs?: number): RecordedApply {
  const apply = { edge: name, upTo: 10n, appendedAtMs: 120, appliedAtMs: 130, reportedAtMs: 140 }
  return allowsSinceMs === undefined ? apply : { ...apply, allowsSinceMs }
}

function start(name: string, firstAtMs: number, more: Partial<EdgeStart> = {}): EdgeStart {
  const clock = { offsetMs: 3_600_000, errorMs: 2 }
  return { edge: name, start: 'a', firstAtMs, lastAtMs: 9_000, clock, ...more }
}

function exposed(name: string, requests: number, errorMs: number | null = 1): EdgeExposure {
  return { edge: name, route: 'r', requests, firstAtMs: 110, lastAtMs: 125, errorMs }
}

const of = (ground: Partial<ExposureGround>) =>
  changeExposure(change, { edges: [], applies: [], exposed: [], starts: [], ...ground })

describe('the exposure of a change', () => {
  it('is none where every edge has told, and none of them let anybody in', () => {
    const ground = {
      edges: [edge('a'), edge('b')],
      applies: [applied('a', 50), applied('b', 90)],
      starts: [start('a', 40), start('b', 80)],
    }
    expect(of(ground)).toEqual({
      requests: 0,
      errorMs: 2,
      isLowerBound: false,
      byEdge: [],
      notKnown: [],
    })
  })

  it('is the sum of what edges told, with the largest error of their clocks', () => {
    const ground = {
      edges: [edge('a'), edge('b')],
      applies: [applied('a', 50), applied('b', 90)],
      exposed: [exposed('a', 3), exposed('b', 4, 7)],
      starts: [start('a', 40), start('b', 80)],
    }
    expect(of(ground)).toMatchObject({ requests: 7, errorMs: 7, isLowerBound: false })
    const unsure = { ...ground, exposed: [exposed('a', 3, null)] }
    expect(of(unsure)).toMatchObject({ requests: 3, errorMs: null })
  })

  it('is not known before an edge has told, which is not the same as none', () => {
    expect(of({})).toMatchObject({ requests: null, isLowerBound: true })
    expect(of({ edges: [edge('a')], starts: [start('a', 40)] })).toMatchObject({
      requests: null,
      notKnown: ['a'],
    })
  })

  it('is a lower bound where an edge has not told, does not count, or could not hold all', () => {
    const starts = ['told', 'waits', 'old', 'full'].map((name) => start(name, 40))
    const found = of({
      edges: [edge('told'), edge('waits'), edge('old'), edge('full')],
      applies: [applied('told', 50), applied('old'), applied('full', 101)],
      exposed: [exposed('full', 5)],
      starts,
    })
    expect(found).toMatchObject({
      requests: 5,
      isLowerBound: true,
      notKnown: ['waits', 'old', 'full'],
    })
  })

  it('does not wait for an edge that was first heard after the change was published', () => {
    const reported = { edges: [edge('a'), edge('new')], applies: [applied('a', 50)] }
    const starts = [start('a', 40), start('new', 500)]
    expect(of({ ...reported, starts })).toMatchObject({ requests: 0, isLowerBound: false })
    // It applied a later change, and counted every request that it allowed before.
    const applies = [applied('a', 50), applied('new', 490)]
    expect(of({ ...reported, applies, starts })).toMatchObject({
      isLowerBound: false,
      notKnown: [],
    })
    // Control: an edge that reported before, or gave up its allows, has not reported that time.
    const before = [start('a', 40), start('new', 90), start('new', 500, { start: 'b' })]
    expect(of({ ...reported, applies, starts: before })).toMatchObject({ notKnown: ['new'] })
    const evicted = [applied('a', 50), applied('new', 501)]
    expect(of({ ...reported, applies: evicted, starts })).toMatchObject({ notKnown: ['new'] })
  })

  it('is nothing where the change takes nothing away', () => {
    const widening = loggedChange({ tightened: false })
    const nothing = { edges: [], applies: [], exposed: [], starts: [] }
    expect(changeExposure(widening, nothing)).toBeNull()
  })
})

describe('two processes under one id', () => {
  const b = { start: 'b' }
  it('are found where each reports after the other began', () => {
    const both = [start('x', 100), start('x', 200, b), start('y', 100)]
    expect([...conflictingEdges(both, 8_000)]).toEqual(['x'])
  })

  it('are not a process that ended and its successor, nor one that ended long ago', () => {
    const successor = [start('x', 100, { lastAtMs: 8_500 }), start('x', 8_600, b)]
    expect(conflictingEdges(successor, 8_000).size).toBe(0)
    const longAgo = [start('x', 100, { lastAtMs: 500 }), start('x', 400, b)]
    expect(conflictingEdges(longAgo, 8_000).size).toBe(0)
  })
})
