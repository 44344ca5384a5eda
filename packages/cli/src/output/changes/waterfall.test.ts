import type { TimelineJson } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { fixedChange } from '../../../test/fixed-status.ts'
import { isIneffective, waterfallText } from './waterfall.ts'
import { edgeCount } from './edge-count.ts'

it('a waterfall names every step, its distance to the commit and the clock that was read', () => {
  expect(waterfallText(fixedChange())).toBe(
    `
APPLIED in 42 ms: 2 of 2 edges reported it: remove groups of alice
hr-1 by hr: remove groups of alice: applied
STEP                   +MS  CLOCK       AT
committed                0  source      2026-11-24T10:00:00.000Z
appended                12  broker      2026-11-24T10:00:00.012Z
received                11  reconciler  2026-11-24T10:00:00.011Z
recorded                31  reconciler  2026-11-24T10:00:00.031Z
published               50  broker      2026-11-24T10:00:00.050Z
applied at sidecar      54  edge        2026-11-24T10:00:00.054Z
applied at sidecar:2  1000  edge        2026-11-24T10:00:01Z
edges 2/2, complete 42 ms after append; tokens marked stale: 1
`.trim(),
  )
})

it('an edge that has not applied it is shown, and awaited only while it is connected', () => {
  const [first, second] = fixedChange().edges
  const gone = { ...second, edge: 'gone', standing: 'disconnected' as const, appliedAt: null }
  const slow = { ...second, edge: 'slow', standing: 'lagging' as const, appliedAt: null }
  const edges = [first, slow, gone] as never
  const change = fixedChange({ edges, state: 'published', completeMs: null })
  expect(edgeCount(change)).toEqual({ applied: 1, awaited: 2 })
  const text = waterfallText(change)
  expect(text.split('\n')[0]).toBe(
    'PUBLISHED, applied: 1 of 2 edges reported it: remove groups of alice; not yet: slow',
  )
  expect(text).toMatch(/^not applied at slow \(lagging\) +- +edge +-$/m)
  expect(text).toMatch(/^not applied at gone \(disconnected\)/m)
  expect(text).toContain('edges 1/2; tokens marked stale: 1')
})

it('an edge that refused by its own lease is a row, and complete shows how many applied and refused', () => {
  const [first = expect.unreachable(), second = expect.unreachable()] = fixedChange().edges
  const late = { ...second, refusedFrom: '2026-11-24T10:00:00.164Z' }
  const text = waterfallText(
    fixedChange({ edges: [first, late], reach: { applied: 1, refused: 1 } }),
  )
  expect(text).toMatch(
    /^refused by itself at sidecar:2 \(lease\) +164 +- +2026-11-24T10:00:00.164Z$/m,
  )
  expect(text).toMatch(/^applied at sidecar:2 +1000 /m)
  expect(text).toContain('complete 42 ms after append: 1 applied, 1 refused by the lease;')
})

it('tokens that are marked so far read as such while marking goes on', () => {
  const text = (marking?: 'pending' | 'done') => waterfallText(fixedChange(marking && { marking }))
  expect(text('pending')).toMatch(/tokens marked stale: 1 so far, marking continues$/m)
  expect(text('done')).toMatch(/tokens marked stale: 1$/m)
  expect(text()).toMatch(/tokens marked stale: 1$/m)
})

it('a change that takes nothing away is applied, and has this state alone', () => {
  const gain = fixedChange({ tightened: false, state: 'recorded' })
  const text = waterfallText(gain)
  expect(text).toMatch(/^APPLIED: .* takes nothing away/)
  expect(text).toMatch(/^hr-1 by hr: .*: applied$/m)
  expect(text).not.toMatch(/RECORDED|\(applied\)/)
})

it('a change that takes nothing away shows that edges do not need it', () => {
  const more = { tightened: false, state: 'recorded', edges: [], tokensMarked: 0 } as const
  expect(waterfallText(fixedChange(more))).toContain('takes nothing away: edges do not need it')
})

it.each([
  ['late', 'IGNORED: hr had sent a newer version before; nothing in force changed'],
  ['noop', 'NO EFFECT: nothing in force changed'],
])('a change that was %s does not read as one that was done', (outcome, sentence) => {
  const more = { tightened: false, state: 'recorded', edges: [], tokensMarked: 0 } as const
  const text = waterfallText(fixedChange({ ...more, outcome }))
  expect(text.split('\n')[0]).toBe(sentence)
  expect(text).not.toContain('edges do not need it')
})

it.each([
  ['snapshot-end', 'NO EFFECT: no snapshot of hr was open, or an activation had ended it;'],
  ['activate', 'NO EFFECT: the active policy version is not older;'],
])('a late %s does not read as an older version of a state', (kind, sentence) => {
  const more = { tightened: false, state: 'recorded', edges: [], tokensMarked: 0 } as const
  const text = waterfallText(fixedChange({ ...more, kind, outcome: 'late' }))
  expect(text).toContain(sentence)
  expect(text).not.toContain('newer version')
})

it('a change that no edge was connected for does not read as applied', () => {
  const text = waterfallText(fixedChange({ edges: [] }))
  expect(text.split('\n')[0]).toBe(
    'PUBLISHED: no edge is connected, so none reported it: remove groups of alice',
  )
})

describe('a change of a probe', () => {
  const at = '2026-11-24T10:00:02Z'
  const second = (probe?: TimelineJson['probe']) =>
    waterfallText(fixedChange(probe === undefined ? {} : { probe })).split('\n')[1]

  it('is in force at each place that refused an affected token', () => {
    expect(second({ at, refusedBy: ['a', 'b'], broken: null })).toBe(
      `in force: the probe at ${at} saw an affected token refused by a, b`,
    )
  })

  it('is not shown in force while no place refused one', () => {
    const broken = { step: 'denied', at: 'a', why: 'not within 7000 ms' }
    expect(second({ at, refusedBy: [], broken })).toBe(
      `not seen in force: the probe at ${at} saw no refusal of an affected token; the probe broke at the step denied: not within 7000 ms`,
    )
  })

  it('control: reports of edges alone show nothing in force', () => {
    expect(second()).not.toContain('in force')
  })
})

it('ids from outside cannot steer the terminal', () => {
  expect(waterfallText(fixedChange({ id: '\u001b[2Jx' }))).not.toContain('\u001b')
})

it('edges are in the order in which they applied it, and the others come last', () => {
  const at = (edge: string, appliedAt: string | null) =>
    ({ edge, standing: 'synced', appliedAt, clock: 'edge', sincePublishedMs: null }) as const
  const edges = [
    at('none', null),
    at('late', '2026-11-24T10:00:02Z'),
    at('early', '2026-11-24T10:00:01Z'),
  ]
  const text = waterfallText(fixedChange({ edges }))
  expect(text.match(/applied at (\w+)/g)).toEqual([
    'applied at early',
    'applied at late',
    'applied at none',
  ])
})

it.each([
  ['late', 'set', true],
  ['noop', 'remove', true],
  ['noop', 'disabled', true],
  ['noop', 'set', false],
  ['applied', 'remove', false],
])('a change that was %s with %s is without effect: %s', (outcome, op, expected) => {
  expect(isIneffective(fixedChange({ outcome, op }))).toBe(expected)
})
