import { describe, expect, it } from 'vitest'
import { declaredSigners, haveNameInCommon, standsFor } from './edge-names.ts'
import type { Client } from './registry.ts'

const client = (id: string, edges?: readonly string[]): readonly [string, Client] => [
  id,
  { id, tenant: 'acme', audiences: [], introspects: [], ...(edges && { edges }) },
]

describe('a pattern of edges', () => {
  it.each([
    ['sidecar', 'sidecar', true],
    ['sidecar', 'sidecar:2', false],
    ['sidecar*', 'sidecar:2', true],
    ['sidecar*', 'sidecar', true],
    ['sidecar*', 'side', false],
    ['*', 'anything', true],
  ])('%s stands for %s: %s', (pattern, name, expected) => {
    expect(standsFor(pattern, name)).toBe(expected)
  })

  it.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['a*', 'ab', true],
    ['a*', 'ab*', true],
    ['a*', 'b*', false],
    ['*', 'b', true],
  ])('%s and %s have a name in common: %s', (one, other, expected) => {
    expect([haveNameInCommon(one, other), haveNameInCommon(other, one)]).toEqual([
      expected,
      expected,
    ])
  })
})

it('an edge has the client that declares its name, or none', () => {
  const clients = new Map([client('web'), client('edges', ['sidecar', 'payments-*'])])
  const signer = declaredSigners({ clients })
  expect(['sidecar', 'payments-7f9', 'ledger'].map(signer)).toEqual(['edges', 'edges', undefined])
})
