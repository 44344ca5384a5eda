import { acmeRegistry, loggedChange } from '@freshet/testkit'
import { describe, expect, test } from 'vitest'
import type { LoggedChange } from '../changes/logged-change.ts'
import type { RecordedApply, KnownEdge } from '../observatory-store.ts'
import { closingLeaseMs } from './closing-lease.ts'
import { COMPLETE_WITHIN_MS, completionOf, type Known } from './completion.ts'

/** Appended at 110, its revocation at 120 behind offset 9 of partition 3. */
const change = loggedChange()
const LEASE_MS = 5_000

function edge(name: string, more: Partial<KnownEdge> = {}): KnownEdge {
  return {
    edge: name,
    audience: 'payments',
    version: '0.1.0',
    state: 'live',
    reportedAtMs: 100,
    liveSinceMs: 50,
    signer: null,
    partitions: [
      { partition: 0, applied: 1n, viewAgeMs: 40 },
      { partition: 3, applied: 9n, viewAgeMs: 30 },
    ],
    ...more,
  }
}

function applied(
  name: string,
  appliedAtMs: number,
  more: Partial<RecordedApply> = {},
): RecordedApply {
  return { edge: name, upTo: 10n, appendedAtMs: 120, appliedAtMs, reportedAtMs: 900, ...more }
}

function known(more: Partial<Known>): Known {
  return {
    edges: [edge('a')],
    applies: [],
    asOfMs: 1_000,
    leaseMs: LEASE_MS,
    uncounted: 0,
    ...more,
  }
}

const of = (more: Partial<Known>, changed: Partial<LoggedChange> = {}) =>
  completionOf({ ...change, ...changed }, known(more))

describe('a change is complete', () => {
  test('when the last edge that counts has applied it, from its append on', () => {
    const edges = [edge('a'), edge('b')]
    expect(of({ edges, applies: [applied('a', 125)] })).toMatchObject({ state: 'open' })
    const applies = [applied('a', 125), applied('b', 150)]
    expect(of({ edges, applies })).toMatchObject({ state: 'complete', completeMs: 40 })
  })

  test('with its revocation at the earliest, where no edge counts', () => {
    expect(of({ edges: [] })).toMatchObject({ state: 'complete', completeMs: 10, reaches: [] })
  })

  test('not before its revocation is there', () => {
    const unpublished = { publishedAtMs: null, revocationOffset: null }
    expect(of({}, unpublished)).toMatchObject({ state: 'open' })
    expect(of({ asOfMs: COMPLETE_WITHIN_MS + 110 }, unpublished)).toMatchObject({ state: 'never' })
  })

  test('never, where an edge serves on at the deadline; it is named by what is left', () => {
    const asOfMs = COMPLETE_WITHIN_MS + 110
    const serving = edge('a', { reportedAtMs: asOfMs - 100 })
    const { state, reaches } = of({ edges: [serving], asOfMs })
    expect([state, reaches]).toEqual([
      'never',
      [{ edge: 'a', edges: 1, how: 'serving', atMs: null, isSkewed: false }],
    ])
    expect(of({ edges: [serving], asOfMs: asOfMs - 1 })).toMatchObject({ state: 'open' })
  })

  test('though measured after the deadline, if the edges were in time', () => {
    const late = { asOfMs: 2 * COMPLETE_WITHIN_MS, applies: [applied('a', 125)] }
    expect(of(late)).toMatchObject({ state: 'complete', completeMs: 15 })
  })
})

describe('an edge', () => {
  const reach = (more: Partial<Known>) => of(more).reaches[0]

  test('that closes counts as good from when its view was out, and serves until then', () => {
    expect(reach({ asOfMs: 5_059 })).toMatchObject({ how: 'serving' })
    // The last heartbeat of the control partition was at 60.
    expect(reach({ asOfMs: 5_060 })).toMatchObject({ how: 'closed', atMs: 5_060 })
    expect(of({ asOfMs: 5_060 })).toMatchObject({ state: 'complete', completeMs: 4_950 })
  })

  test('that keeps serving is bad until it catches up', () => {
    const serving = edge('a', { reportedAtMs: 60_000 })
    expect(reach({ edges: [serving], asOfMs: 61_000 })).toMatchObject({ how: 'serving' })
    const applies = [applied('a', 59_000, { reportedAtMs: 60_000 })]
    expect(of({ edges: [serving], applies, asOfMs: 61_000 })).toMatchObject({ completeMs: 58_890 })
  })

  test('whose view was out before is no reason to wait', () => {
    const gone = edge('a', { reportedAtMs: -60_000, liveSinceMs: -90_000 })
    expect(of({ edges: [gone] })).toMatchObject({ state: 'complete', completeMs: 10 })
  })

  test('of which a partition was never verified serves nothing', () => {
    const blind = edge('a', { partitions: [{ partition: 0, applied: 0n, viewAgeMs: null }] })
    expect(reach({ edges: [blind] })).toMatchObject({ how: 'closed' })
  })

  test('that starts, has closed, or became live behind the change does not count', () => {
    for (const liveSinceMs of [null, 121]) {
      expect(of({ edges: [edge('a', { liveSinceMs })] }).reaches).toEqual([])
    }
    expect(of({ edges: [edge('a', { liveSinceMs: 120 })] }).reaches).toHaveLength(1)
  })

  test('whose clock is behind applies with the batch, and one ahead with its report', () => {
    expect(reach({ applies: [applied('a', 90)] })).toMatchObject({ atMs: 120, isSkewed: true })
    expect(reach({ applies: [applied('a', 3_600_000)] })).toMatchObject({
      atMs: 900,
      isSkewed: false,
    })
  })

  test('whose report of the apply was lost applied by the next one', () => {
    const views = [{ partition: 3, applied: 12n, viewAgeMs: 30 }]
    const soon = edge('a', { reportedAtMs: 1_500, partitions: views })
    expect(reach({ edges: [soon] })).toMatchObject({ how: 'applied', atMs: 1_500 })
  })

  test('that has applied it at a time that nobody read is left out', () => {
    const views = [{ partition: 3, applied: 12n, viewAgeMs: 30 }]
    const later = edge('a', { reportedAtMs: 7_200_000, partitions: views })
    expect(of({ edges: [later], asOfMs: 7_200_100 })).toMatchObject({
      state: 'complete',
      reaches: [],
    })
  })
})

test('the lease that closes is the shortest that a verdict needs', () => {
  expect(closingLeaseMs(acmeRegistry(), 'iga')).toBe(5_000)
  expect(closingLeaseMs(acmeRegistry(), 'nobody')).toBe(5_000)
})
