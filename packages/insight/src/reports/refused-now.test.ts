import type { Audience, Registry, Route } from '@freshet/protocol'
import { acmeRegistry } from '@freshet/testkit'
import type { EdgeReport, RefusedRoute } from '@freshet/wire'
import { beforeEach, describe, expect, it } from 'vitest'
import { refusedJson } from './refused-json.ts'
import { REFUSED_WITHIN_MS, RefusedNow } from './refused-now.ts'

const START_MS = 1_795_514_400_000
const approve: RefusedRoute = {
  tenant: 'acme',
  audience: 'payments',
  route: 'POST /approve',
  claims: ['groups'],
  requests: 4,
}

const edgeReport = (edge: string): EdgeReport => ({
  edge,
  audience: 'payments',
  version: '0.1.0',
  atMs: START_MS,
  state: 'live',
  partitions: [],
  decisions: { allow: 0, deny: 0, challenge: 0 },
})

let refusing: RefusedNow
beforeEach(() => {
  refusing = new RefusedNow()
})

/** A report of an edge, so long after the start. */
function see(afterMs: number, more: Partial<RefusedRoute> = {}, edge = 'edge-1'): void {
  const report = { ...edgeReport(edge), refused: [{ ...approve, ...more }] }
  refusing.see({ report, reportedAtMs: START_MS + afterMs })
}

describe('the routes that refuse now', () => {
  it('have a rate over the last seconds, and the begin of it', () => {
    for (let second = 0; second < 30; second += 1) see(second * 1_000)
    expect(refusing.at(START_MS + 29_500)).toEqual([
      {
        tenant: 'acme',
        audience: 'payments',
        route: 'POST /approve',
        claims: ['groups'],
        perSecond: 4,
        sinceMs: START_MS,
      },
    ])
  })

  it('have the requests of all edges, and each report once', () => {
    see(1_000)
    see(1_000, {}, 'edge-2')
    see(1_000)
    expect(refusing.at(START_MS + 1_500)).toMatchObject([{ perSecond: 8 }])
  })

  it('are no longer listed some seconds after the last refusal, and begin anew', () => {
    see(0, { claims: ['entitlements'] })
    expect(refusing.at(START_MS + REFUSED_WITHIN_MS - 1)).toHaveLength(1)
    expect(refusing.at(START_MS + REFUSED_WITHIN_MS)).toEqual([])
    see(60_000)
    const since = { sinceMs: START_MS + 60_000, claims: ['groups'] }
    expect(refusing.at(START_MS + 60_000)).toMatchObject([since])
  })

  it('do not come from a report without refusals (control)', () => {
    refusing.see({ report: edgeReport('edge-1'), reportedAtMs: START_MS })
    expect(refusing.at(START_MS)).toEqual([])
  })

  it('are limited in number: a route that is over makes room', () => {
    for (let n = 0; n < 1_001; n += 1) see(n, { route: `GET /${n}` })
    expect(refusing.at(START_MS + 1_001)).toHaveLength(1_000)
    see(60_000, { route: 'GET /new' })
    expect(refusing.at(START_MS + 60_000)).toMatchObject([{ route: 'GET /new' }])
  })
})

describe('a route in the verdict', () => {
  const route = (more: Partial<Route> = {}): Route => ({
    require: new Map([['groups', ['approvers']]]),
    policies: [],
    risk: 'normal',
    ...more,
  })
  const registryOf = (routes: Audience['routes'], more: Partial<Registry> = {}): Registry => {
    const payments: Audience = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes }
    const audiences = new Map([['payments', payments]])
    return acmeRegistry({ audiences, breakGlassMaxMs: 3_600_000, ...more })
  }
  const declared = registryOf(new Map([['POST /approve', route()]]))
  const shown = (registry = declared, more: Partial<RefusedRoute> = {}) => {
    refusing = new RefusedNow()
    see(0, more)
    return refusedJson(refusing.at(START_MS), registry, START_MS)
  }

  it('has the command that opens exactly that route', () => {
    expect(shown()).toEqual([
      {
        tenant: 'acme',
        audience: 'payments',
        route: 'POST /approve',
        claims: ['groups'],
        perSecond: 4,
        since: '2026-11-24T10:00:00.000Z',
        open: [
          "freshet break-glass open --tenant acme --audience payments --route 'POST /approve' --claim groups --for 15m --reason 'groups is unverified'",
        ],
        closed: null,
      },
    ])
  })

  it('is opened for no longer than the registry allows', () => {
    const [open] = shown({ ...declared, breakGlassMaxMs: 90_000 }).flatMap((each) => each.open)
    expect(open).toContain('--for 90s')
  })

  it.each([
    ['the registry declares no breakGlass', acmeWithoutBreakGlass()],
    ['of high risk', registryOf(new Map([['POST /approve', route({ risk: 'high' })]]))],
    ['does not declare the route', registryOf(new Map([['GET /', route()]]))],
  ])('has no command: %s', (why, registry) => {
    const [refused] = shown(registry)
    expect(refused?.open).toEqual([])
    expect(refused?.closed).toContain(why)
  })

  it('is none of a tenant or an audience that the registry does not have', () => {
    expect(shown(declared, { tenant: 'nobody' })).toEqual([])
    expect(shown(declared, { audience: 'nothing' })).toEqual([])
    // Control: the same report with both names of the registry.
    expect(shown()).toHaveLength(1)
  })

  it('runs nothing else in a shell, and shows no name that a terminal would obey', () => {
    const open = registryOf(new Map())
    const [refused] = shown(open, { route: "x'; rm -rf / #" })
    expect(refused?.open[0]).toContain(String.raw`--route 'x'\''; rm -rf / #'`)
    expect(shown(open, { route: 'x\u001b[2J' }).map(({ route: name }) => name)).toContain('-')
  })

  function acmeWithoutBreakGlass(): Registry {
    const { breakGlassMaxMs: _, ...rest } = registryOf(new Map([['POST /approve', route()]]))
    return rest
  }
})
