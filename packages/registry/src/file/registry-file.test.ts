import { describe, expect, it } from 'vitest'
import { errorsIn } from '../lint/finding.ts'
import { lintRegistry } from '../lint/lint-registry.ts'
import { parseRegistry } from './registry-file.ts'

const hr = {
  owner: 'people-systems',
  contact: 'oncall@example.com',
  keys: 'keys/hr.jwks.json',
  ordering: 'monotonic',
  heartbeat: '1s',
  lease: '5s',
}
const groups = {
  source: 'hr',
  owner: 'iam',
  kind: 'authoritative',
  shape: 'set',
  class: 'reduce',
  maxTtl: '10m',
  maxBytes: 2048,
}
const file = {
  version: 3,
  account: 'hr',
  cutOffs: ['hr'],
  tenants: {
    acme: {
      identityProviders: [{ issuer: 'https://idp.acme.example', keys: 'keys/idp.jwks.json' }],
    },
  },
  sources: { hr },
  claims: { groups },
  audiences: {
    payments: {
      claims: ['groups'],
      ttl: '5m',
      routes: { 'POST /approve': { require: { groups: ['approvers'] }, risk: 'high' } },
    },
  },
  clients: {
    'payments-web': { tenant: 'acme', secretHash: 'a'.repeat(43), audiences: ['payments'] },
    nightly: {
      tenant: 'acme',
      keys: 'keys/nightly.jwks.json',
      subject: { iss: 'https://idp.acme.example', sub: 'nightly' },
      introspects: ['payments'],
    },
  },
  slo: { reduce: { objective: '99.9%', within: '2s', window: '28d' } },
}

describe('the registry file', () => {
  it('is read with durations, percentages and defaults, and is sound', () => {
    const registry = parseRegistry(file, 'registry.yaml')
    expect(registry.sources.get('hr')).toMatchObject({
      id: 'hr',
      leaseMs: 5000,
      versions: 'element',
      onBehalfOf: [],
    })
    expect(registry.claims.get('groups')).toMatchObject({
      name: 'groups',
      maxTtlMs: 600_000,
      polarity: 'grant',
      publish: false,
      onUnverified: 'deny',
    })
    expect(registry.audiences.get('payments')?.routes.get('POST /approve')).toEqual({
      require: new Map([['groups', ['approvers']]]),
      risk: 'high',
      policies: [],
    })
    expect(registry.slo.get('reduce')).toEqual({
      objective: 0.999,
      withinMs: 2000,
      windowMs: 28 * 86_400_000,
    })
    expect(registry.tenants.get('acme')?.id).toBe('acme')
    expect(registry.clients.get('payments-web')).toMatchObject({ introspects: [] })
    expect(registry.clients.get('nightly')).toEqual({
      id: 'nightly',
      tenant: 'acme',
      keys: 'keys/nightly.jwks.json',
      subject: { iss: 'https://idp.acme.example', sub: 'nightly' },
      audiences: [],
      scopes: [],
      introspects: ['payments'],
    })
    expect(errorsIn(lintRegistry(registry))).toEqual([])
  })

  it('is refused with every place that is wrong, a misspelt member among them', () => {
    const broken = {
      ...file,
      sources: { hr: { ...hr, lease: '5 seconds', ownr: 'x' } },
      slo: { reduce: { objective: '999%', within: '2s', window: '28d' } },
    }
    expect(() => parseRegistry(broken, 'registry.yaml')).toThrow(
      /registry\.yaml#\/sources\/hr\/lease: lease must be a duration/,
    )
    expect(() => parseRegistry(broken, 'registry.yaml')).toThrow(
      /registry\.yaml#\/sources\/hr\/ownr: hr has no member ownr; did you mean owner\?/,
    )
    expect(() => parseRegistry(broken, 'registry.yaml')).toThrow(
      /objective must be a percentage like 99\.9%, at most 100%/,
    )
    expect(() => parseRegistry(null, 'registry.yaml')).toThrow(/registry\.yaml#/)
  })

  it('is refused with a member that this build would not enforce', () => {
    const claims = { groups: { ...groups, reviewEvery: '90d' } }
    expect(() => parseRegistry({ ...file, claims }, 'r')).toThrow(/reviewEvery/)
  })
})
