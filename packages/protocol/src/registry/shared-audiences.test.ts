import { exampleRegistry } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { claimMapOf } from '../claims/claim-map.ts'
import type { Client, ForeignIssuer, Registry } from './registry.ts'

const client = (id: string, tenant: string, ...audiences: string[]): Client => ({
  id,
  tenant,
  audiences,
  introspects: [],
})
const registryOf = (clients: readonly Client[], issuers: readonly object[] = []): Registry =>
  exampleRegistry([], [], {
    clients: new Map(clients.map((each) => [each.id, each])),
    issuers: new Map(issuers.map((each, n) => [String(n), each as ForeignIssuer])),
  })

describe('the claim map', () => {
  it('names the audiences that several tenants have tokens for', () => {
    const clients = [
      client('a', 'acme', 'payments', 'ledger'),
      client('b', 'acme', 'payments'),
      client('c', 'globex', 'ledger'),
    ]
    expect(claimMapOf(registryOf(clients)).shared).toEqual(new Set(['ledger']))
  })

  it('counts the tenants of foreign issuers', () => {
    const sts = { issuer: 'https://sts.example', tenant: 'globex', audiences: ['payments'] }
    const map = claimMapOf(registryOf([client('a', 'acme', 'payments')], [sts]))
    expect(map.shared).toEqual(new Set(['payments']))
  })

  it('leaves it out if each audience has one tenant, so that its hash stays', () => {
    const map = claimMapOf(registryOf([client('a', 'acme', 'payments')]))
    expect(Object.hasOwn(map, 'shared')).toBe(false)
  })
})
