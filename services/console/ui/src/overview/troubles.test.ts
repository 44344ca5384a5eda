import type { EdgeJson, Lag, Probe, SloJson, Status } from '@freshet/insight/answers'
import { ALERTS, type AlertKey } from '@freshet/insight/alerts'
import { describe, expect, it } from 'vitest'
import { trouble, UNSEEN, WITHOUT_ALERT, type OwnTrouble } from './trouble.ts'
import { troublesOf, type Known } from './troubles.ts'

const AT = '2026-11-24T10:00:00.000Z'
const ago = (ms: number): string => new Date(Date.parse(AT) - ms).toISOString()
const edges = (...standings: string[]): Known => ({
  edges: standings.map((standing) => ({ standing }) as EdgeJson),
})
const many = Array.from({ length: 19 }, () => 'synced')
const status = (more: object): Known => ({
  status: {
    measuredAt: AT,
    sources: [],
    openings: [],
    partitions: [],
    probes: [],
    ...more,
  } as unknown as Status,
})
const source = (standing: string, silentMs = 400): Known =>
  status({
    sources: [{ tenant: 'acme', source: 'hr', standing, through: ago(silentMs), leaseMs: 5_000 }],
  })
const probe = (more: Partial<Probe>): Known =>
  status({
    probes: [
      {
        claim: 'probe',
        at: ago(8_000),
        change: 'x',
        tookMs: 90,
        broken: null,
        recent: [],
        ...more,
      },
    ],
  })
const slo = (state: SloJson['state'], alert: SloJson['alert'] = null): Known => ({
  slos: [{ name: 'reduce-complete-2s', state, alert } as SloJson],
})
const PLACE = { partition: 0, position: '41', head: '41', records: '0' }
const lag = (recordingMs: number | null, edgeMs: number, standing = 'synced'): Known => ({
  lag: {
    apiVersion: 'freshet.dev/v1',
    recording: [{ ...PLACE, behindMs: recordingMs }],
    edges: [{ ...PLACE, edge: 'a', standing, behindMs: edgeMs }],
  } satisfies Lag,
})
const parked = (reason: string): Known => ({
  parked: { counts: [{ reason, records: 2 }] } as never,
})
const rows = (waiting: number, publishedMs: number): Known =>
  status({ partitions: [{ waiting, publishedAt: ago(publishedMs) }] })

/** The data of a page when each fires. */
const FIRING: Readonly<Partial<Record<AlertKey | OwnTrouble, Known>>> = {
  budgetFast: slo('burning', 'page'),
  budgetSlow: slo('burning', 'ticket'),
  budgetSpent: slo('breached'),
  edgesStale: edges('stale', 'stale', ...many),
  edgeStale: edges('stale', ...many),
  edgesUncounted: { ...edges('synced'), uncounted: 1 },
  timeLag: lag(6_000, 100),
  partitionPaused: status({
    partitions: [{ paused: { offset: '575', code: 'database.timeout' } }],
  }),
  outboxStuck: rows(3, 11_000),
  parkedMeant: parked('event.malformed'),
  parkedNotMeant: parked('event.unauthentic'),
  sourceSilent: source('silent', 9_000),
  sourceUnheard: source('unheard'),
  probeLost: probe({ broken: { step: 'denied', at: 'sidecar', why: 'not within 7000 ms' } }),
  probeAbsent: status({ probes: null }),
  routesOpen: status({ openings: [{}] }),
}
const told = (known: Known): readonly string[] => troublesOf(known).map(({ about }) => about)

describe('what is shown as wrong', () => {
  it.each(Object.keys(ALERTS) as AlertKey[])(
    'of the alert %s is as red as its severity, or said not to be seen, and why',
    (key) => {
      const known = FIRING[key]
      expect(UNSEEN[key] === undefined).toBe(known !== undefined)
      if (known === undefined) return
      const { name, severity } = ALERTS[key]
      const tone = severity === 'page' ? 'bad' : 'warn'
      expect(troublesOf(known)).toMatchObject([{ about: key, alert: name, tone }])
    },
  )

  it.each(Object.keys(WITHOUT_ALERT) as OwnTrouble[])('without an alert, %s is amber', (own) => {
    expect(troublesOf(FIRING[own] ?? {})).toMatchObject([{ about: own, alert: null, tone: 'warn' }])
  })

  it.each([
    ['an objective that is met, or of which nothing is known', slo('met')],
    ['a budget that burns by a row nobody is told by', slo('burning')],
    ['a fleet that is counted whole', { ...edges('synced'), uncounted: 0 }],
    ['an edge that is gone or closed', edges('disconnected', 'closed')],
    ['a source that was just heard', source('live')],
    ['rows that were published a moment ago', rows(3, 900)],
    ['partitions without a row, however long', rows(0, 60_000)],
    ['a probe that held', probe({})],
    ['probes of which none has ended yet', status({})],
    ['lag of which nothing is known', lag(null, 100)],
    ['how far an edge is behind that is gone', lag(0, 60_000, 'disconnected')],
  ])('is not %s', (_what, known) => {
    expect(told(known)).toEqual([])
  })

  it('is a source from half its lease on, and probes that stopped', () => {
    expect(told(source('live', 2_501))).toEqual(['sourceSilent'])
    expect(told(probe({ at: ago(121_000) }))).toEqual(['probeAbsent'])
  })

  it('stands in the order of its colours', () => {
    const both = { ...parked('event.unmapped'), ...source('silent') }
    expect(told(both)).toEqual(['sourceSilent', 'parkedNotMeant'])
  })

  it('control: what the severity of an alert is, its colour is', () => {
    expect(trouble('parkedMeant', '', '').tone).toBe('bad')
    expect(trouble('clockSkew', '', '').tone).toBe('warn')
  })
})
