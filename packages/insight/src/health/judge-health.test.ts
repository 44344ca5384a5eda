import { describe, expect, it } from 'vitest'
import type { HealthFigures } from '../findings/finding-rule.ts'
import { judgeHealth } from './judge-health.ts'

const AT = '2026-11-24T10:00:00.000Z'
const ago = (ms: number): string => new Date(Date.parse(AT) - ms).toISOString()

type Status = NonNullable<HealthFigures['status']>
interface Change {
  readonly status?: object
  readonly silent?: readonly string[]
  readonly publishedMs?: number
  readonly edges?: readonly string[]
  readonly services?: HealthFigures['services']
}

const edgeAt = (edge: string, state: string, ...viewAgesMs: readonly number[]) => ({
  edge,
  standing: state,
  reportedAt: AT,
  partitions: viewAgesMs.map((viewAgeMs, partition) => ({ partition, viewAgeMs })),
})

/** A system that is well, with the changes of a test. */
function figures(change: Change & Omit<HealthFigures, keyof Change> = {}): HealthFigures {
  const { status, silent = [], publishedMs = 500, edges = ['synced'], ...rest } = change
  const sources = ['hr', 'iga', 'security'].map((source) => {
    const isSilent = silent.includes(source)
    const state = isSilent ? 'silent' : 'live'
    return {
      tenant: 'acme',
      source,
      standing: state,
      through: ago(isSilent ? 9_000 : 400),
      leaseMs: 5_000,
    }
  })
  const partition = { partition: 0, lag: '0', waiting: 0, publishedAt: ago(publishedMs) }
  const policy = { version: 1, hash: 'h', active: { version: 1, hash: 'h' } }
  const held = {
    measuredAt: AT,
    policy,
    sources,
    openings: [],
    partitions: [partition],
    probes: [],
  }
  const items = edges.map((state, at) => edgeAt(`edge-${at}`, state))
  return {
    status: { ...held, ...status } as unknown as Status,
    edges: { items, groups: [], uncounted: 0 } as unknown as HealthFigures['edges'],
    ...rest,
  }
}
const services = (...down: string[]): HealthFigures['services'] =>
  ['gateway', 'reconciler', 'authority', 'sidecar'].map((service) => ({
    service,
    state: down.includes(service) ? 'no-answer' : 'ready',
    since: AT,
  }))
const silentIn = (source: string, tenant: string) => ({
  source,
  tenant,
  standing: 'silent',
  through: ago(9_000),
  leaseMs: 5_000,
})
const probeAt = (at: string | null) => ({
  probes: [{ claim: 'probe', at: AT, broken: { step: 'denied', at, why: 'late' }, recent: [] }],
})
const shown = (given: HealthFigures): readonly unknown[] => {
  const { state, causes } = judgeHealth(given)
  return [
    state,
    ...causes.map(({ finding, object, symptoms }) => [
      `${finding} ${object}`,
      ...symptoms.map((each) => `${each.finding} ${each.object}`),
    ]),
  ]
}

describe('the verdict', () => {
  it('is fresh if nothing is wrong, and where only notes are', () => {
    expect(shown(figures())).toEqual(['fresh'])
    expect(shown(figures({ status: { probes: null } }))).toEqual(['fresh'])
    const findings = [{ code: 'a.b', severity: 'warning', place: '/', message: 'm' }]
    expect(shown(figures({ registry: { findings } }))).toEqual(['fresh'])
  })

  it('names a silent source, its tenant, its begin and who acts', () => {
    const silent = figures({ silent: ['hr'] })
    expect(judgeHealth(silent, () => 'team iam')).toMatchObject({
      state: 'not-fresh',
      causes: [
        {
          finding: 'sourceSilent',
          object: 'hr',
          tenant: 'acme',
          since: ago(9_000),
          who: 'team iam',
        },
      ],
    })
  })

  it('is degraded if everything is enforced and a person is needed', () => {
    expect(shown(figures({ edges: ['synced', 'disconnected'] }))).toEqual([
      'degraded',
      ['edgeGone edge-1'],
    ])
  })

  it('is unknown while the console cannot read, and blames nothing else', () => {
    const blind = { since: AT, code: 'database.unavailable' }
    expect(shown({ blind, services: services('reconciler') })).toEqual([
      'unknown',
      ['databaseAway database', 'serviceDown reconciler'],
    ])
  })
})

describe('root causes', () => {
  const stopped = { publishedMs: 9_000, silent: ['hr', 'iga', 'security'], edges: ['stale'] }

  it('a reconciler that is gone explains silent sources, stale edges and lost probes', () => {
    const all = figures({ ...stopped, services: services('reconciler'), status: {} })
    expect(shown(all)).toEqual([
      'not-fresh',
      [
        'serviceDown reconciler',
        'recordingStopped reconciler',
        'publishingStopped publisher',
        'sourceSilent hr',
        'sourceSilent iga',
        'sourceSilent security',
        'edgesStale edges',
      ],
    ])
  })

  it('recording that stopped is named where no service is asked', () => {
    expect(judgeHealth(figures(stopped)).causes).toMatchObject([
      { finding: 'recordingStopped', object: 'reconciler' },
    ])
  })

  it('a broker that does not answer explains services that are not ready, and none that is gone', () => {
    const lag = { partition: 0, lag: null, waiting: 0, publishedAt: ago(500) }
    const notReady = [
      { service: 'gateway', state: 'not-ready', reason: 'kafka', since: AT },
    ] as const
    const status = { partitions: [lag] }
    expect(shown(figures({ status, services: notReady }))).toEqual([
      'not-fresh',
      ['lagUnknown broker', 'serviceNotReady gateway'],
    ])
    expect(shown(figures({ status, services: services('gateway') }))).toEqual([
      'not-fresh',
      ['lagUnknown broker'],
      ['serviceDown gateway'],
    ])
  })

  it('a late recording explains several silent sources, and not one alone', () => {
    const late = { partition: 0, behindMs: 9_000 }
    const lag = { recording: [late], edges: [] } as never
    expect(shown(figures({ lag, silent: ['hr', 'iga'] }))).toEqual([
      'not-fresh',
      ['recordingLags Recording', 'sourceSilent hr', 'sourceSilent iga'],
    ])
    expect(shown(figures({ lag, silent: ['hr'] }))).toEqual([
      'not-fresh',
      ['recordingLags Recording'],
      ['sourceSilent hr'],
    ])
  })

  it('an edge that does not answer explains its own end and lost probes, and no silent source', () => {
    const [gone] = [figures({ edges: ['synced', 'disconnected'] }).edges?.items ?? []]
    const items = gone.map((each, at) => (at === 1 ? { ...each, edge: 'sidecar' } : each))
    const status = probeAt('sidecar')
    const edges = { items, groups: [], uncounted: 0 } as never
    const down = { ...figures({ silent: ['hr'], status, services: services('sidecar') }), edges }
    expect(shown(down)).toEqual([
      'not-fresh',
      ['sourceSilent hr'],
      ['serviceDown sidecar', 'edgeGone sidecar', 'probeLost probe'],
    ])
  })

  describe('edges while no source sends a heartbeat', () => {
    // The last heartbeat of every source is 9 s old.
    const sources = ['hr', 'iga', 'security']
    const beside = (items: readonly object[], change: Change = {}): readonly unknown[] => {
      const edges = { items, groups: [], uncounted: 0 } as never
      return shown({ ...figures({ silent: sources, ...change }), edges })
    }
    const silent = sources.map((source) => `sourceSilent ${source}`)
    const [waits, own] = [edgeAt('a', 'lagging', 0, 8_900), edgeAt('b', 'lagging', 0, 12_000)]

    it('follow from a gateway that hangs, whether they lag or are stale', () => {
      const down = { services: services('gateway') }
      expect(beside([waits], down)).toEqual([
        'not-fresh',
        ['serviceDown gateway', ...silent, 'edgeAway a'],
      ])
      expect(beside([{ ...waits, standing: 'stale' }], down)).toEqual([
        'not-fresh',
        ['serviceDown gateway', ...silent, 'edgesStale edges'],
      ])
    })

    it('follow from it before the sources are late, because a view ages sooner', () => {
      const early = [edgeAt('a', 'lagging', 2_600)]
      expect(beside(early, { silent: [], services: services('gateway') })).toEqual([
        'not-fresh',
        ['serviceDown gateway'],
        ['edgeAway a'],
      ])
      const through = sources.map((source) => ({
        ...silentIn(source, 'acme'),
        through: ago(2_900),
      }))
      const status = { sources: through.map((each) => ({ ...each, standing: 'live' })) }
      expect(beside(early, { silent: [], status, services: services('gateway') })).toEqual([
        'not-fresh',
        ['serviceDown gateway', 'edgeAway a'],
      ])
    })

    it('follow from the sources where no gateway is down', () => {
      const [first, ...others] = silent.map((each) => [each])
      expect(beside([waits])).toEqual(['not-fresh', [...(first ?? []), 'edgeAway a'], ...others])
    })

    it('control: an edge that missed heartbeats before is a cause of its own', () => {
      const down = { services: services('gateway') }
      expect(beside([waits, own], down)).toEqual([
        'not-fresh',
        ['serviceDown gateway', ...silent, 'edgeAway a'],
        ['edgeAway b'],
      ])
      const stale = [waits, own].map((each) => ({ ...each, standing: 'stale' }))
      expect(judgeHealth(figures({ silent: sources, ...down })).causes).toHaveLength(1)
      expect(beside(stale, down)).toEqual([
        'not-fresh',
        ['serviceDown gateway', ...silent, 'edgesStale edges'],
        ['edgesStale edges'],
      ])
    })

    it('control: an edge whose view never began, or that ages while a source sends, is one too', () => {
      const down = { services: services('gateway') }
      expect(beside([edgeAt('a', 'starting')], down)).toContainEqual(['edgeAway a'])
      // The sources are back, and the edge did not recover with them.
      expect(beside([waits], { silent: [] })).toEqual(['degraded', ['edgeAway a']])
      expect(beside([waits], { silent: ['iga'], ...down })).toContainEqual(['edgeAway a'])
    })
  })

  it('a service with another of its kind is a matter of reserve', () => {
    const two = [
      ...(services('reconciler') ?? []),
      { service: 'reconciler:2', state: 'ready', since: AT },
    ]
    expect(shown(figures({ services: two as never }))).toEqual([
      'degraded',
      ['serviceDown reconciler'],
    ])
  })

  it('a silent source explains its other tenants, the probes that need it, and the budgets', () => {
    const slos = [{ name: 'correctness', state: 'burning', alert: 'page' }] as never
    const silent = (...sources: readonly object[]): readonly unknown[] =>
      shown(figures({ slos, status: { sources, ...probeAt(null) } }))
    expect(silent(silentIn('hr', 'freshet-probe'), silentIn('hr', 'acme'))).toEqual([
      'not-fresh',
      ['sourceSilent hr', 'sourceSilent hr', 'probeLost probe', 'budgetFast correctness'],
    ])
    // Controls: another source is a cause of its own, and one that probes do not need explains no lost probe.
    expect(silent(silentIn('hr', 'acme'), silentIn('iga', 'acme'))).toEqual([
      'not-fresh',
      ['sourceSilent hr', 'budgetFast correctness'],
      ['sourceSilent iga'],
      ['probeLost probe'],
    ])
  })

  it('a silent source is named for people rather than for probes', () => {
    const sources = ['freshet-probe', 'acme'].map((tenant) => silentIn('hr', tenant))
    expect(judgeHealth(figures({ status: { sources } })).causes).toMatchObject([
      { object: 'hr', tenant: 'acme' },
    ])
  })

  it('one source that is silent in two tenants is no reason to suspect the recording', () => {
    const late = { recording: [{ partition: 0, behindMs: 9_000 }], edges: [] } as never
    const sources = ['acme', 'umbrella'].map((tenant) => silentIn('hr', tenant))
    expect(shown(figures({ lag: late, status: { sources } }))).toEqual([
      'not-fresh',
      ['recordingLags Recording'],
      ['sourceSilent hr', 'sourceSilent hr'],
    ])
  })

  it('budgets come last, below what burned them', () => {
    const slos = [{ name: 'reduce-2s', state: 'burning', alert: 'page' }] as never
    expect(shown(figures({ slos, status: probeAt(null) }))).toEqual([
      'not-fresh',
      ['probeLost probe', 'budgetFast reduce-2s'],
    ])
  })

  it('control: without the cause each symptom is a cause of its own', () => {
    expect(judgeHealth(figures({ silent: ['hr', 'iga'] })).causes).toHaveLength(2)
  })
})
