import type { EdgeJson, SloJson } from '@freshet/insight/answers'
import {
  FINDINGS,
  healthFindings,
  type FindingId,
  type HealthFigures,
} from '@freshet/insight/findings'
import { describe, expect, it } from 'vitest'
import { shownFindings, UNSHOWN } from './shown-findings.ts'

const status = (more: object): HealthFigures => ({
  status: {
    measuredAt: '2026-11-24T10:00:00.000Z',
    policy: { version: 1, hash: 'h', active: { version: 1, hash: 'h' } },
    sources: [],
    openings: [],
    partitions: [],
    probes: [],
    ...more,
  },
})
const silent = { tenant: 'acme', source: 'hr', standing: 'silent', through: null, leaseMs: 5_000 }
const parked = { counts: [{ reason: 'event.unmapped', records: 2 }] } as never
const edge = (standing: string): EdgeJson => ({ edge: 'a', standing }) as EdgeJson

describe('the findings on the overview', () => {
  it('are red if their alert pages, and amber otherwise, worst first', () => {
    const shown = shownFindings({ ...status({ sources: [silent] }), parked })
    expect(shown.map(({ id, tone }) => [id, tone])).toEqual([
      ['sourceSilent', 'bad'],
      ['parkedNotMeant', 'warn'],
    ])
    const [found] = shownFindings(status({ openings: [{}] }))
    expect(found).toMatchObject({ id: 'routesOpen', tone: 'warn', runbook: null })
  })

  it('lead to the page that has more', () => {
    const slos = [{ name: 'a b', state: 'breached', alert: null } as SloJson]
    const edges = { items: [edge('stale')] }
    const all = { slos, edges, parked, ...status({ sources: [silent] }) }
    expect(shownFindings(all).map(({ place }) => place)).toEqual([
      '/',
      '/edges?standing=stale',
      '/slos?slo=a%20b',
      '/quarantine',
    ])
  })

  it('are none of those that another part of the page shows', () => {
    const figures = { edges: { items: [edge('lagging')] } }
    expect(healthFindings(figures).map(({ id }) => id)).toEqual(['edgeAway'])
    expect(shownFindings(figures)).toEqual([])
    const pages = Object.keys(UNSHOWN).map((id) => FINDINGS[id as FindingId].alert)
    expect(new Set(pages)).toEqual(new Set([null]))
  })
})
