import { errorCodes } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import type { EdgeJson } from '../answers/loop.ts'
import type { SloJson } from '../answers/slo.ts'
import type { Probe, Status } from '../answers/health.ts'
import { ALERTS, type AlertKey } from '../slo/alerts.ts'
import type { HealthFigures, ServiceCheck } from './finding-rule.ts'
import { healthFindings, FINDINGS, WITHOUT_FINDING, type FindingId } from './findings.ts'

const AT = '2026-11-24T10:00:00.000Z'
const ago = (ms: number): string => new Date(Date.parse(AT) - ms).toISOString()

const PARTITION = { partition: 3, lag: '0', waiting: 0, publishedAt: ago(900) }
const PAUSED = {
  offset: '575',
  code: 'database.timeout',
  message: 'No lock.',
  since: AT,
  attempts: 1,
}
const PLACE = { partition: 0, position: '41', head: '41', records: '0' }

const status = (more: object): HealthFigures => ({
  status: {
    measuredAt: AT,
    policy: { version: 1, hash: 'h', active: { version: 1, hash: 'h' } },
    sources: [],
    openings: [],
    partitions: [PARTITION],
    probes: [],
    ...more,
  } as unknown as Status,
})
const policy = (active: object | null): HealthFigures =>
  status({ policy: { version: 1, hash: 'h', active } })
const partition = (more: object): HealthFigures =>
  status({ partitions: [{ ...PARTITION, ...more }] })
const source = (state: string, silentMs: number | null = 400): HealthFigures => {
  const through = silentMs === null ? null : ago(silentMs)
  return status({
    sources: [{ tenant: 'acme', source: 'hr', standing: state, through, leaseMs: 5_000 }],
  })
}
const probe = (more: Partial<Probe>): HealthFigures => {
  const held = { claim: 'probe', at: ago(8_000), change: 'x', tookMs: 90, broken: null, recent: [] }
  return status({ probes: [{ ...held, ...more }] })
}
const edges = (...states: string[]): HealthFigures => ({
  edges: {
    items: states.map((state) => ({ edge: 'a', standing: state, reportedAt: AT }) as EdgeJson),
  },
})
const lag = (
  recordingMs: number | null,
  edgeMs: number,
  state: EdgeJson['standing'] = 'synced',
): HealthFigures => ({
  lag: {
    recording: [{ ...PLACE, behindMs: recordingMs }],
    edges: [{ ...PLACE, edge: 'a', standing: state, behindMs: edgeMs }],
  },
})
const slo = (state: SloJson['state'], alert: SloJson['alert'] = null): HealthFigures => ({
  slos: [{ name: 'reduce-2s', state, alert } as SloJson],
})
const quarantine = (reason: string): HealthFigures => ({
  quarantined: { counts: [{ reason, records: 2 }] } as never,
})
const lint = (...severities: string[]): HealthFigures => ({
  registry: {
    findings: severities.map((severity) => {
      return { code: 'c.d', severity, place: '/slo/x', message: 'is bad' }
    }),
  },
})
const SILENT = { tenant: 'acme', source: 'hr', standing: 'silent', leaseMs: 5_000 } as const
const MOVED = { tenant: 'acme', source: 'hr', issuer: null, change: 'v2', since: AT }
const many = Array.from({ length: 19 }, () => 'synced')

const service = (state: ServiceCheck['state'], name = 'reconciler'): HealthFigures => ({
  services: [{ service: name, state, reason: 'kafka', since: AT }],
})
const skew = (skewMs: number): HealthFigures => ({ skews: [{ source: 'hr', skewMs }] })

/** For each finding the figures that raise it, its sentence, and figures beside them that do not. */
const CASES: Readonly<Record<FindingId, readonly [HealthFigures, string, HealthFigures]>> = {
  databaseAway: [
    { blind: { since: AT, code: 'database.unavailable' } },
    `The console cannot read its figures since ${AT} (database.unavailable)`,
    {},
  ],
  serviceDown: [service('no-answer'), 'reconciler does not answer', service('not-ready')],
  serviceNotReady: [service('not-ready'), 'reconciler is not ready: kafka', service('ready')],
  clockOff: [skew(-501), 'The clock of hr is 501 ms ahead', skew(500)],
  recordingStopped: [
    partition({ publishedAt: ago(5_001) }),
    `No reconciler has published a heartbeat since ${ago(5_001)}`,
    status({ partitions: [{ ...PARTITION, publishedAt: ago(5_001) }, PARTITION] }),
  ],
  edgeGone: [edges('disconnected'), `a stopped reporting at ${AT}`, edges('stale', 'closed')],
  budgetFast: [slo('burning', 'page'), 'reduce-2s burns its budget', slo('burning')],
  budgetSlow: [slo('burning', 'ticket'), 'reduce-2s burns its budget', slo('burning')],
  budgetSpent: [slo('breached'), 'reduce-2s has spent its budget', slo('no-data')],
  policyNone: [policy(null), 'No version is active', policy({ version: 1, hash: 'h' })],
  policyOther: [
    policy({ version: 2, hash: 'other' }),
    'Version 2 is active, and the console has loaded another, 1',
    policy({ version: 1, hash: 'h' }),
  ],
  registryWarning: [
    lint('note', 'warning', 'error'),
    '/slo/x: is bad (c.d), and 1 more',
    lint('note'),
  ],
  routesOpen: [status({ openings: [{}] }), '1 route opened by break-glass', status({})],
  sourceSilent: [
    source('silent', 9_000),
    'hr of acme is silent: last heard 9.0 s ago, lease 5 s',
    source('live'),
  ],
  sourceLate: [
    source('live', 4_001),
    'hr of acme was last heard 4.0 s ago; its lease is 5 s',
    source('live', 4_000),
  ],
  sourceUnheard: [source('unheard', null), 'hr of acme has never sent a heartbeat', source('live')],
  sourceUnstated: [
    status({ doubted: [{ ...MOVED, claims: ['groups', 'roles'], isVoided: true }] }),
    'Claims groups, roles of hr are in doubt for all of acme since the change v2. An activation ended the open snapshot of hr',
    status({ doubted: [] }),
  ],
  accountsOmitted: [
    status({ omitted: [{ tenant: 'acme', accounts: 2 }] }),
    'The last snapshot of accounts of acme omitted 2 accounts',
    status({ omitted: [] }),
  ],
  partitionPaused: [
    partition({ paused: PAUSED }),
    `Partition 3 is stuck at record 575 since ${AT}, 1 attempt: database.timeout: No lock.`,
    partition({}),
  ],
  neverRecorded: [status({ partitions: [] }), 'No reconciler has run yet', partition({})],
  lagUnknown: [
    partition({ lag: null }),
    'The broker does not report the ends of its topics',
    partition({}),
  ],
  recordsWait: [
    partition({ lag: '1001' }),
    'Partition 3 has a lag of 1001 records',
    partition({ lag: '1000' }),
  ],
  recordingLags: [lag(6_000, 100), 'Recording lags by 6.0 s', lag(null, 100)],
  edgeLags: [lag(0, 6_000), 'a lags by 6.0 s', lag(0, 60_000, 'disconnected')],
  publishingStopped: [
    partition({ publishedAt: ago(5_001) }),
    'Nothing was published within 5 s in partition 3',
    partition({ publishedAt: ago(5_000) }),
  ],
  outboxStuck: [
    partition({ waiting: 1, publishedAt: ago(10_001) }),
    'The outbox of 1 partition is stuck',
    partition({ waiting: 0, publishedAt: ago(60_000) }),
  ],
  outboxGrows: [
    partition({ waiting: 1_001 }),
    '1001 rows wait in the outbox',
    partition({ waiting: 1_000 }),
  ],
  rowsHidden: [
    partition({ hidden: { rows: 17, at: ago(3_600_000) } }),
    `17 revocations of partition 3 waited unseen in the outbox until ${ago(3_600_000)}`,
    partition({ hidden: { rows: 17, at: ago(3_600_001) } }),
  ],
  probeAbsent: [status({ probes: null }), 'No probe runs', status({})],
  probeLost: [
    probe({ broken: { step: 'denied', at: 'sidecar', why: 'not within 7000 ms' } }),
    'The last probe of probe broke at the step denied at sidecar',
    probe({}),
  ],
  noEdge: [edges(), 'No edge reports', edges('closed')],
  edgesUncounted: [
    { edges: { items: [], uncounted: 3 } },
    '3 edges over the limit: their status is unknown',
    { edges: { items: [], uncounted: 0 } },
  ],
  edgesStale: [
    edges('stale', 'stale', ...many),
    '2 edges of 21 are stale: a; a',
    edges('stale', ...many),
  ],
  edgeStale: [edges('stale', ...many), '1 edge of 20 is stale: a', edges(...many, 'closed')],
  edgeAway: [
    edges('lagging'),
    `a is lagging, last report ${AT}`,
    edges('synced', 'closed', 'stale', 'disconnected'),
  ],
  parkedMeant: [
    quarantine('event.malformed'),
    '2 records in quarantine, without effect',
    quarantine('event.unauthentic'),
  ],
  parkedNotMeant: [
    quarantine('event.unauthentic'),
    '2 records in quarantine, unproven or not registered',
    quarantine('event.malformed'),
  ],
}

const idsOf = (figures: HealthFigures): readonly string[] =>
  healthFindings(figures).map(({ id }) => id)

describe('what can be wrong', () => {
  it.each(Object.entries(CASES))(
    '%s is raised, and its control is not',
    (id, [bad, what, well]) => {
      const found = healthFindings(bad).filter((each) => each.id === id)
      expect(found).toMatchObject([
        { what, remedy: expect.any(String), effect: expect.any(String) },
      ])
      expect(idsOf(well)).not.toContain(id)
    },
  )

  it.each(Object.keys(ALERTS) as AlertKey[])(
    'the alert %s has a finding as urgent as it is, or a reason to have none',
    (key) => {
      const ids = (Object.keys(FINDINGS) as FindingId[]).filter((id) => FINDINGS[id].alert === key)
      expect(ids.length === 0).toBe(WITHOUT_FINDING[key] !== undefined)
      const { name: runbook, severity: urgency } = ALERTS[key]
      for (const id of ids) {
        const found = healthFindings(CASES[id][0]).find((each) => each.id === id)
        expect(found).toMatchObject({ runbook, urgency })
      }
    },
  )

  it('without an alert is a ticket, and has no runbook', () => {
    expect(healthFindings(slo('breached'))).toMatchObject([{ urgency: 'ticket', runbook: null }])
  })

  it('is nothing while no answer came, and nothing in a system that is well', () => {
    expect(healthFindings({})).toEqual([])
    const well = [source('live'), edges('synced'), lag(0, 100), slo('met'), lint('note')]
    const parts = { quarantined: { counts: [] }, edges: { items: [], uncounted: 0 } }
    expect(healthFindings(Object.assign({}, ...well) as HealthFigures)).toEqual([])
    expect(idsOf(parts)).toEqual(['noEdge'])
  })
})

describe('a source', () => {
  it.each([
    ['hole', /^let hr send the change with the number in `next`/],
    ['halted', /^let hr send a complete snapshot/],
    ['ending', /^wait: the reconciler removes the claims/],
    ['silent', /^check that hr runs/],
  ])('that is %s has a remedy of its own', (state, remedy) => {
    const [found] = healthFindings(source(state, 60_000))
    expect(found).toMatchObject({
      id: 'sourceSilent',
      what: `hr of acme is ${state}: last heard 1 min ago, lease 5 s`,
      remedy: expect.stringMatching(remedy),
    })
  })

  it('whose control partition is halted needs a snapshot with what it sends there', () => {
    const awaits: ('accounts' | 'cut-offs')[] = ['accounts', 'cut-offs']
    const sources = source('halted').status?.sources.map((each) => ({ ...each, awaits })) ?? []
    const [found] = healthFindings(status({ sources }))
    expect(found?.remedy).toMatch(/^let hr send a complete snapshot with accounts and cut-offs, /)
  })

  it('without a heartbeat in some partition is not shown with a time', () => {
    expect(healthFindings(source('silent', null))[0]?.what).toBe(
      'hr of acme is silent: no heartbeat yet in some partition, lease 5 s',
    )
  })
})

describe('probes', () => {
  it('that stopped are absent', () => {
    expect(healthFindings(probe({ at: ago(121_000) }))).toMatchObject([
      { id: 'probeAbsent', what: 'The last probe is 2 min old' },
    ])
  })
})

describe('the lag of edges', () => {
  const two: HealthFigures = {
    lag: {
      recording: [],
      edges: [
        { ...PLACE, edge: 'b', standing: 'synced', behindMs: 7_000 },
        { ...PLACE, edge: 'a', standing: 'synced', behindMs: 9_000, edges: 4 },
      ],
    },
  }

  it('names the edge with the longest one', () => {
    expect(healthFindings(two)).toMatchObject([{ object: 'a', what: 'An edge of a lags by 9.0 s' }])
  })

  it('is not that of an edge which is gone by now', () => {
    const found = healthFindings({ ...two, ...edges('disconnected') })
    const later = found.find(({ id }) => id === 'edgeLags')
    expect(later).toMatchObject({ object: 'b', what: 'b lags by 7.0 s' })
  })
})

describe('a silent source whose heartbeats are ahead of the broker', () => {
  const silence = (figures: HealthFigures) =>
    healthFindings(figures).find(({ id }) => id === 'sourceSilent')

  it('is named with its clock as the cause, also where an earlier version stored its time', () => {
    const found = silence(status({ sources: [{ ...SILENT, through: null, aheadMs: 300_000 }] }))
    expect(found?.what).toMatch(/ is ahead by 5 min, so they do not count$/)
    expect(found?.remedy).toMatch(/^set the clocks of hr, of its gateway and of the brokers/)
    expect(silence(source('silent', -300_000))?.what).toBe(found?.what)
  })

  it('control: a time within the tolerance is no cause', () => {
    expect(silence(source('silent', -2_000))?.what).toMatch(/: last heard /)
  })
})

it('a partition that the topic lacks is named by its pause, not by the broker', () => {
  const since = '2026-11-24T10:00:00.000Z'
  const paused = { offset: '0', code: 'topic.mismatch', message: 'm', since, attempts: 2 }
  const found = healthFindings(partition({ lag: null, paused }))
  expect(found.map(({ id }) => id)).toEqual(['partitionPaused'])
  expect(found[0]?.remedy).toBe(errorCodes['topic.mismatch'].remedy)
})
