import type { Route } from '@freshet/protocol'
import { expect, it } from 'vitest'
import { withHints } from '../readable-registry.ts'
import { registryRules } from '../registry-rules.ts'
import { observationFindings } from './route-findings.ts'

const DAY_MS = 86_400_000
const untilMs = 100 * DAY_MS

const empty = withHints({
  account: 'hr',
  cutOffs: [],
  tenants: new Map(),
  sources: new Map(),
  claims: new Map(),
  audiences: new Map(),
  clients: new Map(),
  slo: new Map(),
  declared: {
    tenants: undefined,
    sources: undefined,
    claims: undefined,
    audiences: undefined,
    clients: undefined,
    issuers: undefined,
    slo: undefined,
  },
})
const audience = { name: 'payments', claims: [], ttlMs: 1, routes: new Map() }

function findings(nowMs: number | undefined, more: Partial<Route> = {}): readonly string[] {
  const observed = { risk: 'normal' as const, policies: [], observedUntilMs: untilMs }
  const route = { require: new Map(), ...observed, ...more }
  const at = { name: 'GET /', place: '/audiences/payments/routes/GET ~1' }
  return observationFindings({ registry: { ...empty, nowMs }, audience, route, ...at }).map(
    ({ code, place, severity, message }) => {
      expect(place).toBe('/audiences/payments/routes/GET ~1/enforce')
      expect(severity).toBe(registryRules[code].severity)
      return `${code}: ${message}`
    },
  )
}

it('warns from a week before that an observed route enforces by itself, and after that', () => {
  expect(findings(untilMs - 7 * DAY_MS - 1)).toEqual([])
  expect(findings(untilMs - 7 * DAY_MS)).toEqual([
    'route.observation-ends: route GET / enforces by itself in 7 days at the latest',
  ])
  expect(findings(untilMs - 1)).toEqual([
    'route.observation-ends: route GET / enforces by itself in a day at the latest',
  ])
  expect(findings(untilMs)).toEqual([
    'route.observation-ends: route GET / is not observed any more: its day is over, and it enforces',
  ])
})

it('refuses to observe a route of high risk, on any day', () => {
  const found =
    'route.observed-high-risk: route GET / is of high risk, and nothing is let in there unjudged'
  expect(findings(undefined, { risk: 'high' })).toEqual([found])
  expect(findings(untilMs, { risk: 'high' })).toEqual([found])
})

it('finds nothing that depends on the day if no day is given', () => {
  expect(findings(undefined)).toEqual([])
})
