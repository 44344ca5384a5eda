import { loggedChange } from '@freshet/testkit'
import { expect, test } from 'vitest'
import type { RecordedApply, KnownEdge } from '../observatory-store.ts'
import type { ChangeSample } from '../sli/change-sample.ts'
import { edgeStatusOf } from '../edges/edge-status.ts'
import { timelineOf } from './timeline.ts'

const now = 50_000

function edge(name: string, more: Partial<KnownEdge> = {}): KnownEdge {
  return {
    edge: name,
    audience: 'payments',
    version: '0.1.0',
    state: 'live',
    reportedAtMs: now - 500,
    liveSinceMs: 0,
    signer: null,
    partitions: [{ partition: 3, applied: 10n, viewAgeMs: 200 }],
    ...more,
  }
}

function applied(name: string, afterMs: number): RecordedApply {
  return { edge: name, upTo: 10n, appendedAtMs: 120, appliedAtMs: 120 + afterMs, reportedAtMs: 900 }
}

test('each stage names the clock it was read from, in the order of the way', () => {
  const { steps } = timelineOf(loggedChange(), { edges: [], applies: [] }, now)
  expect(steps.map(({ stage, clock }) => `${stage} by ${clock}`)).toEqual([
    'committed by source',
    'appended by broker',
    'received by reconciler',
    'recorded by reconciler',
    'published by broker',
  ])
})

test('a change is applied when every connected edge has applied it', () => {
  const edges = [edge('a'), edge('b')]
  expect(timelineOf(loggedChange(), { edges, applies: [applied('a', 4)] }, now).state).toBe(
    'published',
  )
  const all = timelineOf(
    loggedChange(),
    { edges, applies: [applied('a', 4), applied('b', 9)] },
    now,
  )
  expect(all.state).toBe('applied')
  expect(all.completeMs).toBe(120 - 110 + 9)
})

test('a change is applied nowhere for certain where some of the edges are not counted', () => {
  const witnesses = { edges: [edge('a')], applies: [applied('a', 4)] }
  const states = [0, 1].map((uncounted) => {
    const { state, completeMs } = timelineOf(loggedChange(), { ...witnesses, uncounted }, now)
    return [state, completeMs]
  })
  expect(states).toEqual([
    ['applied', 14],
    ['published', null],
  ])
})

test('an edge that no longer reports is shown, and not waited for', () => {
  const gone = edge('gone', { reportedAtMs: now - 60_000 })
  const timeline = timelineOf(
    loggedChange(),
    { edges: [edge('a'), gone], applies: [applied('a', 4)] },
    now,
  )
  expect(timeline.state).toBe('applied')
  expect(timeline.edges.map(({ standing }) => standing)).toEqual(['synced', 'disconnected'])
})

test('a change that takes nothing away ends where it is recorded', () => {
  const widening = loggedChange({ tightened: false, revocationOffset: null, publishedAtMs: null })
  expect(timelineOf(widening, { edges: [edge('a')], applies: [] }, now)).toMatchObject({
    state: 'recorded',
    edges: [],
  })
})

test('a skewed edge clock never makes a negative latency', () => {
  const timeline = timelineOf(
    loggedChange(),
    { edges: [edge('a')], applies: [applied('a', -30)] },
    now,
  )
  expect(timeline.edges[0]?.sincePublishedMs).toBe(0)
})

test('an edge that hangs is stale once its view would be, and disconnected soon after', () => {
  const hangs = edge('a', { reportedAtMs: now })
  const after = [0, 4_800, 4_801, 10_000, 10_001].map((ms) => edgeStatusOf(hangs, now + ms))
  expect(after).toEqual(['synced', 'synced', 'stale', 'stale', 'disconnected'])
})

test('an edge whose view was never verified is stale, not synced', () => {
  const blind = edge('a', { partitions: [{ partition: 0, applied: 0n, viewAgeMs: null }] })
  expect(edgeStatusOf(blind, now)).toBe('stale')
  expect(edgeStatusOf(edge('a', { state: 'closing' }), now)).toBe('closed')
})

const measuredAt = (completeMs: number | null): ChangeSample => ({
  tenant: 'acme',
  source: 'hr',
  id: 'c1',
  partition: 3,
  class: 'reduce',
  origin: 'live',
  appendedAtMs: 110,
  closedAtMs: 900,
  completeMs,
  isUpperBound: false,
  edges: 2,
  slowest: 'a',
  missing: [],
})

test('an edge that applied a change after it was complete refused by its own lease before', () => {
  const edges = [edge('a'), edge('late')]
  const late = { ...applied('late', 500), reportedAtMs: null }
  const applies = [applied('a', 4), late]
  const timeline = timelineOf(loggedChange(), { edges, applies, sample: measuredAt(164) }, now)
  expect(timeline.edges.map(({ edge: name, refusedFrom }) => [name, refusedFrom])).toEqual([
    ['a', undefined],
    ['late', '1970-01-01T00:00:00.274Z'],
  ])
  expect(timeline.reach).toEqual({ applied: 1, refused: 1 })
  expect(timeline.completeMs).toBe(164)
})

test('control: an edge that applied the change in time did not refuse by itself', () => {
  const witnesses = { edges: [edge('a')], applies: [applied('a', 4)] }
  const timeline = timelineOf(loggedChange(), { ...witnesses, sample: measuredAt(14) }, now)
  expect(timeline.edges[0]).not.toHaveProperty('refusedFrom')
  const open = timelineOf(loggedChange(), { ...witnesses, sample: measuredAt(null) }, now)
  expect(open).not.toHaveProperty('reach')
})

test('an edge that has not applied a complete change refuses by itself; one that came later does not count', () => {
  const behind = { partitions: [{ partition: 3, applied: 0n, viewAgeMs: 200 }] }
  const edges = [edge('closed', behind), edge('new', { ...behind, liveSinceMs: 130 })]
  const timeline = timelineOf(loggedChange(), { edges, applies: [], sample: measuredAt(164) }, now)
  expect(timeline.edges.map(({ refusedFrom }) => refusedFrom !== undefined)).toEqual([true, false])
})

test('what was measured is what is told, even where an edge applied it otherwise since', () => {
  const sample: ChangeSample = {
    tenant: 'acme',
    source: 'hr',
    id: 'c1',
    partition: 3,
    class: 'reduce',
    origin: 'live',
    appendedAtMs: 110,
    closedAtMs: 900,
    completeMs: 77,
    isUpperBound: false,
    edges: 1,
    slowest: 'a',
    missing: [],
  }
  const witnesses = { edges: [edge('a')], applies: [applied('a', 4)] }
  expect(timelineOf(loggedChange(), { ...witnesses, sample }, now).completeMs).toBe(77)
  const never = { ...sample, completeMs: null }
  expect(timelineOf(loggedChange(), { ...witnesses, sample: never }, now).completeMs).toBeNull()
})
