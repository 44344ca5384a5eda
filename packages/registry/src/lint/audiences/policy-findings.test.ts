import { describe, expect, it } from 'vitest'
import type { Registry, Route } from '@freshet/protocol'
import { unusedSchemaFindings, routePolicyFindings } from './policy-findings.ts'
import { readable, withHints } from '../readable-registry.ts'

const policies = ['policies/a.cedar']
const high = { require: new Map(), risk: 'high', policies } as const
const place = '/audiences/payments/routes/POST ~1a'

const registryOf = (route: Route, policySchema?: string): Registry => {
  const payments = { name: 'payments', claims: [], ttlMs: 1, routes: new Map([['POST /a', route]]) }
  return {
    version: 1,
    account: 'hr',
    cutOffs: [],
    tenants: new Map(),
    sources: new Map(),
    claims: new Map(),
    audiences: new Map([['payments', payments]]),
    clients: new Map(),
    slo: new Map(),
    ...(policySchema === undefined ? {} : { policySchema }),
  }
}

/** Code and place of each finding. */
function found(route: Route, policySchema?: string): readonly string[] {
  const registry = withHints(readable(registryOf(route, policySchema)))
  const audience = { name: 'payments', claims: [], ttlMs: 1, routes: new Map() }
  const placed = { registry, audience, route, name: 'POST /a', place }
  return [...routePolicyFindings(placed), ...unusedSchemaFindings(registry)].map(
    (each) => `${each.code} ${each.place}`,
  )
}

describe('policies that a route names', () => {
  it('need a schema, and a route of high risk', () => {
    expect(found(high, 's')).toEqual([])
    expect(found(high)).toEqual([`policy.no-schema ${place}/policies`])
    const normal = { ...high, risk: 'normal' } as const
    expect(found(normal, 's')).toEqual([`policy.not-high-risk ${place}/policies`])
  })

  it('are named once, and a schema is there for them', () => {
    const twice = { ...high, policies: [...policies, ...policies] }
    expect(found(twice, 's')).toEqual([`list.repeats ${place}/policies/1`])
    expect(found({ ...high, policies: [] }, 's')).toEqual(['policy.schema-unused /policySchema'])
    expect(found({ ...high, policies: [] })).toEqual([])
  })

  it('can be in an audience that cannot be read: then the use of a schema is unknown', () => {
    const registry = readable(registryOf({ ...high, policies: [] }, 's'))
    const declared = { ...registry.declared, audiences: new Set(['payments', 'torn']) }
    expect(unusedSchemaFindings({ ...registry, declared })).toEqual([])
  })
})
