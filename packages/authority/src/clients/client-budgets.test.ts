import type { Client, Tenant } from '@freshet/protocol'
import { FreshetError } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { ClientBudgets } from './client-budgets.ts'

const rate = (burst: number) => ({ perSecond: 1, burst })
const client = (id: string, tenant = 'acme', burst = 3): Client => ({
  id,
  tenant,
  audiences: [],
  introspects: [],
  limits: { revoke: rate(burst) },
})
const tenant = (id: string): readonly [string, Tenant] => [
  id,
  { id, identityProviders: [], limits: { revoke: rate(5) } },
]
const registry = { tenants: new Map(['acme', 'globex'].map(tenant)) }
const [web, other, foreign] = [client('web'), client('other'), client('foreign', 'globex')]

let clock: ManualClock
let budgets: ClientBudgets
beforeEach(() => {
  clock = new ManualClock()
  budgets = new ClientBudgets(clock)
})

/** The number of granted requests, and the limit that refused the last. */
function ask(by: Client, count: number, request: 'mint' | 'revoke' = 'revoke') {
  let granted = 0
  let refused: FreshetError | undefined
  for (let n = 0; n < count; n += 1) {
    try {
      budgets.take(request, by, registry)
      granted += 1
    } catch (error) {
      if (!(error instanceof FreshetError)) throw error
      refused = error
    }
  }
  return { granted, code: refused?.code, message: refused?.message, ms: refused?.retryAfterMs }
}

describe('the budgets of clients and tenants', () => {
  it('refuse a client beyond its limit, with the time to come back', async () => {
    expect(ask(web, 10)).toMatchObject({ granted: 3, code: 'limit.reached', ms: 1_000 })
    expect(ask(web, 1).message).toContain('Client web reached its limit of revocations')
    await clock.advance(2_000)
    expect(ask(web, 10)).toMatchObject({ granted: 2 })
  })

  it('let another client of the tenant go on, until the tenant is at its limit, and another tenant always', () => {
    expect(ask(web, 10)).toMatchObject({ granted: 3 })
    const beyond = ask(other, 10)
    expect(beyond).toMatchObject({ granted: 2, code: 'limit.reached' })
    expect(beyond.message).toContain('Tenant acme reached its limit')
    expect(ask(foreign, 3)).toEqual({ granted: 3 })
  })

  it('take nothing from a tenant for a request that the client has no budget for', () => {
    ask(web, 1_000)
    expect(ask(other, 2)).toEqual({ granted: 2 })
  })

  it('count mints and revocations apart, with defaults where the registry sets none', () => {
    ask(web, 10)
    expect(ask(web, 5_000, 'mint')).toMatchObject({ granted: 4_000, code: 'limit.reached' })
    const { limits: _, ...plain } = client('plain', 'unknown')
    expect(ask(plain, 1_000)).toMatchObject({ granted: 120 })
  })

  it('count what they refused, by closed names', () => {
    ask(web, 10)
    ask(other, 10)
    expect(budgets.refusals()).toEqual([
      { request: 'mint', limit: 'client', count: 0 },
      { request: 'mint', limit: 'tenant', count: 0 },
      { request: 'revoke', limit: 'client', count: 7 },
      { request: 'revoke', limit: 'tenant', count: 8 },
    ])
  })
})
