import { describe, expect, it } from 'vitest'
import { Ledger } from './ledger.ts'
import { Outages } from './outages.ts'
import { soakPage } from './page.ts'
import { timetable } from './timetable.ts'
import { judge, type Observed } from './verdict.ts'

const D_MS = 7_000
const EDGES = ['sidecar', 'sidecar:2']
const event = { name: 'Postgres is restarted', beganMs: 1_000, struckMs: 1_500, endedMs: 20_000 }

/** A run in which alice lost a value, and both edges refused her in time. */
function faultless(): { readonly ledger: Ledger; readonly outages: Outages } {
  const ledger = new Ledger(D_MS)
  ledger.accepted('alice', 1_000)
  for (const edge of EDGES) {
    ledger.answered({ subject: 'alice', edge, requestedMs: 1_100, decision: 'allow' }, 1_110)
    ledger.answered({ subject: 'alice', edge, requestedMs: 1_200, decision: 'stale' }, 1_210)
  }
  const outages = new Outages()
  outages.saw('mint', true, 900)
  outages.saw('mint', false, 1_600)
  outages.saw('mint', true, 2_500)
  return { ledger, outages }
}

function observed({ ledger, outages }: ReturnType<typeof faultless>): Observed {
  const { letIn, removals } = ledger
  const lost = ledger.lost(EDGES)
  return { events: [event], outages: outages.until(20_000), lost, letIn, removals, deaths: [] }
}

describe('the timetable of a soak', () => {
  it('kills one replica of each service each minute', () => {
    const kills = timetable(10, { upgrade: true }).filter(({ name }) => name.startsWith('one'))
    expect(kills.map(({ atMs }) => Math.floor(atMs / 60_000))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
  })

  it('has every event within three minutes, and the upgrade first and once', () => {
    const names = timetable(3, { upgrade: true }).map(({ name }) => name)
    expect(new Set(names).size).toBe(7)
    const long = timetable(10, { upgrade: true }).map(({ name }) => name)
    expect(long.filter((name) => name.includes('upgraded'))).toHaveLength(1)
    expect(long[1]).toContain('upgraded')
  })

  it('has no upgrade without the release before, and its times grow', () => {
    const planned = timetable(5, { upgrade: false })
    expect(planned.some(({ name }) => name.includes('upgraded'))).toBe(false)
    const times = planned.map(({ atMs }) => atMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })
})

describe('the verdict of a soak', () => {
  it('finds no fault in a run without one', () => {
    const verdict = judge(observed(faultless()))
    expect(verdict.faults).toEqual([])
    expect(verdict.events[0]).toMatchObject({ recoveredMs: 1_000, holds: true })
  })

  it('control: a removal that an edge does not know is a lost change', () => {
    const run = faultless()
    run.ledger.accepted('bob', 2_000)
    run.ledger.answered(
      { subject: 'bob', edge: 'sidecar', requestedMs: 2_100, decision: 'stale' },
      2_110,
    )
    expect(judge(observed(run)).faults).toEqual([
      'A change of bob was lost: sidecar:2 does not know the removal.',
    ])
  })

  it('control: a new token with other values is a lost change', () => {
    const run = faultless()
    run.ledger.differs('alice', 'a new token has a, b')
    expect(judge(observed(run)).faults).toEqual([
      'A change of alice was lost: a new token has a, b.',
    ])
  })

  it('control: a request that is allowed later than D is let in', () => {
    const run = faultless()
    const late = {
      subject: 'alice',
      edge: 'sidecar',
      requestedMs: 8_001,
      decision: 'allow',
    } as const
    run.ledger.answered(late, 8_010)
    expect(judge(observed(run)).faults).toEqual(['sidecar allowed alice 7.00 s after the removal.'])
  })

  it('control: a request that is allowed within D is not', () => {
    const run = faultless()
    const early = {
      subject: 'alice',
      edge: 'sidecar',
      requestedMs: 8_000,
      decision: 'allow',
    } as const
    run.ledger.answered(early, 8_010)
    expect(judge(observed(run)).faults).toEqual([])
  })

  it('control: a recovery of more than 10 s is found, also if it has not ended', () => {
    const run = faultless()
    run.outages.saw('mint', false, 3_000)
    expect(judge(observed(run)).faults).toEqual([
      'After the event “Postgres is restarted”, the recovery took 18.50 s, and the longest outage was 17.50 s (mint).',
    ])
  })

  it('an outage belongs to the event after which the first attempt failed', () => {
    const run = faultless()
    run.outages.saw('mint', false, 20_100)
    run.outages.saw('mint', true, 25_000)
    const next = { name: 'the next one', beganMs: 20_000, struckMs: 20_050, endedMs: 40_000 }
    const { events } = judge({ ...observed(run), events: [event, next] })
    expect(events.map(({ recoveredMs }) => recoveredMs)).toEqual([1_000, 4_950])
  })

  it('control: a process that ended by itself, and a run without a removal, are faults', () => {
    const run = observed(faultless())
    expect(judge({ ...run, deaths: ['gateway: exit 1'] }).faults).toHaveLength(1)
    expect(judge({ ...run, removals: 0 }).faults).toHaveLength(1)
  })

  it('is a page with the timeline, the events and the faults', () => {
    const run = faultless()
    run.ledger.differs('<alice>', 'a new token has a, b')
    const seen = observed(run)
    const page = soakPage({ observed: seen, verdict: judge(seen), about: ['3 brokers'] })
    expect(page).toContain('<svg')
    expect(page).toContain('Postgres is restarted')
    expect(page).toContain('A change of &lt;alice&gt; was lost')
    expect(page).not.toContain('<alice>')
  })
})
