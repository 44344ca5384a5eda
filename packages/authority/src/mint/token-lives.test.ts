import { acmeRegistry } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { requireLivesWithin } from './token-lives.ts'

const registry = (ttlMs: number, claims: readonly string[]) =>
  acmeRegistry({
    audiences: new Map([['payments', { name: 'payments', claims, ttlMs, routes: new Map() }]]),
  })

describe('requireLivesWithin', () => {
  it('passes tokens that live as long as watermarks are sure to be kept (rule 25)', () => {
    expect(() => requireLivesWithin(registry(3_600_000, []), 3_600_000)).not.toThrow()
  })

  it('passes an audience whose claims shorten the life enough', () => {
    expect(() => requireLivesWithin(registry(7_200_000, ['groups']), 3_600_000)).not.toThrow()
  })

  it('refuses an audience whose tokens would outlive their watermarks, by name (rule 25)', () => {
    expect(() => requireLivesWithin(registry(3_600_001, []), 3_600_000)).toThrow(/payments/)
  })
})
