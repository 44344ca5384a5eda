import type { Audience } from '@freshet/protocol'
import { acmeRegistry } from '@freshet/testkit'
import type { EdgeReport, ObservedRoute } from '@freshet/wire'
import { beforeEach, describe, expect, it } from 'vitest'
import { OBSERVED_WITHIN_MS, ObservedRequests } from './observed-requests.ts'

const START_MS = 1_795_514_400_000
const HOUR_MS = 3_600_000
const approve: ObservedRoute = {
  tenant: 'acme',
  audience: 'payments',
  route: 'POST /approve',
  requests: 10,
  gone: 3,
  undated: 1,
  oldest: 2.5,
}
const payments: Audience = {
  name: 'payments',
  claims: ['groups'],
  ttlMs: 300_000,
  routes: new Map(),
}
const registry = acmeRegistry({ audiences: new Map([['payments', payments]]) })

let counts: ObservedRequests
beforeEach(() => {
  counts = new ObservedRequests()
})

/** A report of an edge, so long after the start. */
function see(afterMs: number, more: Partial<ObservedRoute> = {}, edge = 'edge-1'): void {
  const report: EdgeReport = {
    edge,
    audience: 'payments',
    version: '0.1.0',
    atMs: START_MS,
    state: 'live',
    partitions: [],
    decisions: { allow: 0, deny: 0, challenge: 0 },
    observedRoutes: [{ ...approve, ...more }],
  }
  counts.see({ report, reportedAtMs: START_MS + afterMs })
}

const shown = (afterMs: number) => counts.at(registry, START_MS + afterMs)

describe('the requests on observed routes', () => {
  it('are summed over edges and reports, with the greatest age', () => {
    see(1_000)
    see(2_000, { oldest: 1_320 })
    see(2_000, { oldest: 1 }, 'edge-2')
    expect(shown(3_000)).toEqual([
      {
        tenant: 'acme',
        audience: 'payments',
        route: 'POST /approve',
        requests: 30,
        gone: 9,
        undated: 3,
        oldestMs: 1_320_000,
        since: '2026-11-24T10:00:01.000Z',
      },
    ])
  })

  it('are counted once for a report that is read again', () => {
    see(1_000)
    see(1_000)
    expect(shown(3_000)).toMatchObject([{ requests: 10 }])
  })

  it('have no age if no change has a known time', () => {
    const { oldest: _, ...undated } = { ...approve, gone: 1 }
    see(1_000, undated)
    expect(shown(3_000)).toMatchObject([{ gone: 1, undated: 1, oldestMs: null }])
  })

  it('are those of the last day', () => {
    see(1_000)
    see(OBSERVED_WITHIN_MS, { requests: 1, gone: 0, undated: 0, oldest: 0 })
    expect(shown(OBSERVED_WITHIN_MS)).toMatchObject([{ requests: 11 }])
    const later = OBSERVED_WITHIN_MS + 2 * HOUR_MS
    expect(shown(later)).toMatchObject([{ requests: 1, gone: 0, oldestMs: null }])
    expect(shown(later + OBSERVED_WITHIN_MS)).toEqual([])
  })

  it('leave out tenants and audiences that the registry does not have', () => {
    see(1_000, { tenant: 'globex' })
    see(2_000, { audience: 'nothing' })
    expect(shown(3_000)).toEqual([])
    see(3_000)
    expect(shown(4_000)).toHaveLength(1)
  })
})
