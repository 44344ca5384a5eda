import { subjectKey } from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import type { Slo } from '@freshet/protocol/slo'
import { loggedChange, testSlo } from '@freshet/testkit'
import { describe, expect, test } from 'vitest'
import type { MeasuredSample } from './change-sample.ts'
import { classOf, OpenStatements, originOf } from './origin.ts'
import { ReportHorizon } from './report-horizon.ts'
import { observationsOf, sloCounts, type Observation } from './slo-counts.ts'

const slo = (more: Partial<Slo>): Slo => testSlo('one', more)
const seen = (more: Partial<Observation>): Observation => ({
  sli: 'change-complete',
  class: 'reduce',
  origin: 'live',
  valueMs: 100,
  ...more,
})
const counted = (of: Slo, ...observations: Observation[]): string[] =>
  sloCounts([of], observations, 60_000).map(
    ({ origin, good, valid }) => `${origin} ${good}/${valid}`,
  )

describe('what was measured counts', () => {
  test('as good up to the threshold itself, and never where it did not end', () => {
    const values = [2_000, 2_001, null].map((valueMs) => seen({ valueMs }))
    expect(counted(slo({}), ...values)).toEqual(['live 1/3'])
  })

  test('for the service levels of its class, and for those of all', () => {
    expect(counted(slo({}), seen({ class: 'kill' }))).toEqual([])
    expect(counted(slo({ class: null }), seen({ class: null }))).toEqual(['live 1/1'])
  })

  test('by its origin: nothing but what is live is counted as that', () => {
    const origins = (['live', 'probe', 'replay', 'backfill'] as const).map((origin) =>
      seen({ origin }),
    )
    expect(counted(slo({}), ...origins)).toEqual([
      'live 1/1',
      'probe 1/1',
      'replay 1/1',
      'backfill 1/1',
    ])
  })

  test('as bulk where it was replayed or stated in full, whatever its class', () => {
    const stated = seen({ class: 'kill', origin: 'backfill' })
    expect(counted(slo({ class: 'bulk' }), stated, seen({ class: 'bulk' }))).toEqual([
      'backfill 1/1',
    ])
  })

  test('as many as there were', () => {
    expect(counted(slo({}), seen({ times: 5 }), seen({ isGood: false }))).toEqual(['live 5/6'])
  })
})

describe('a sample', () => {
  const measured = (
    more: Partial<MeasuredSample['sample']>,
    pairs: MeasuredSample['pairs'] = [],
  ): MeasuredSample => ({
    change: loggedChange(),
    pairs,
    sample: {
      tenant: 'acme',
      source: 'hr',
      id: 'c1',
      partition: 3,
      class: 'reduce',
      origin: 'live',
      appendedAtMs: 0,
      closedAtMs: 1,
      completeMs: 40,
      isUpperBound: false,
      edges: 1,
      slowest: 'a',
      missing: [],
      ...more,
    },
  })

  test('says nothing of edges where none counts: a change is not complete for want of them', () => {
    expect(observationsOf(measured({ edges: 0 })).map(({ sli }) => sli)).toEqual(['coverage'])
  })

  test('that never ended is bad in every measurement', () => {
    const pair = { edge: 'a', takenMs: null, sincePublishedMs: null, isSkewed: false }
    const of = observationsOf(measured({ completeMs: null }, [pair]))
    expect(of.map(({ sli, valueMs, isGood }) => [sli, valueMs, isGood])).toEqual([
      ['change-complete', null, undefined],
      ['edge-apply', null, undefined],
      ['coverage', null, false],
    ])
  })
})

describe('the origin of a change', () => {
  const recorded = (more: object = {}) => ({ ...loggedChange(more), isReplayed: false })

  test('is that of the tenant of probes, whatever else it is', () => {
    const probe = { ...recorded({ tenant: PROBE_NAME }), isReplayed: true }
    expect(originOf(probe, true)).toBe('probe')
  })

  test('is that of a subject of probes in a real tenant; control: of nobody with another name', () => {
    const of = (sub: string) => {
      const subject = subjectKey({ tenant: 'acme', iss: 'https://idp.example', sub })
      return originOf(recorded({ subject }), false)
    }
    expect([`${PROBE_NAME}-1`, PROBE_NAME, 'alice'].map(of)).toEqual(['probe', 'live', 'live'])
  })

  test('is a replay where one was sent to', () => {
    expect(originOf({ ...recorded(), isReplayed: true }, false)).toBe('replay')
  })

  test('is a full statement from its begin to its end; other events flow through it', () => {
    const open = new OpenStatements([])
    const seeIt = (more: object) => originOf(recorded(more), open.see(recorded(more)))
    expect([
      seeIt({ op: 'set' }),
      seeIt({ kind: 'snapshot-begin', op: null }),
      seeIt({ op: 'set' }),
      seeIt({ op: 'set', source: 'iga' }),
      seeIt({ op: 'remove' }),
      seeIt({ kind: 'snapshot-end', op: null, outcome: 'held' }),
      seeIt({ op: 'set' }),
      seeIt({ kind: 'snapshot-end', op: null }),
      seeIt({ op: 'set' }),
    ]).toEqual([
      'live',
      'live',
      'backfill',
      'live',
      'live',
      'backfill',
      'backfill',
      'backfill',
      'live',
    ])
  })
})

test('accounts, cut-offs and denials are of the urgent class, whatever the claims', () => {
  const named = ['account', 'cut-off', 'deny', 'activate'].map((kind) =>
    classOf({ class: null, kind }),
  )
  expect(named).toEqual(['kill', 'kill', 'kill', null])
  expect(classOf({ class: 'grow', kind: 'claim' })).toBe('grow')
})

test('reports are known up to the time of the partition that was read to its end least lately', () => {
  const horizon = new ReportHorizon()
  expect(horizon.untilMs).toBeNull()
  horizon.follow([0, 1])
  horizon.caughtUp(0, 500)
  expect(horizon.untilMs).toBeNull()
  horizon.caughtUp(1, 400)
  horizon.caughtUp(0, 450)
  expect(horizon.untilMs).toBe(400)
})
