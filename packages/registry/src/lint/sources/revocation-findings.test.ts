import type { RateLimit } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { revocationFindings } from '../lint-registry.ts'
import type { LintedParts } from '../readable-registry.ts'

const HOUR_MS = 3_600_000
const HIGH: RateLimit = { perSecond: 1_000, burst: 1_000 }
/** With tokens of an hour 72,320 are alive: an edge has room for one such client. */
const HALF: RateLimit = { perSecond: 20, burst: 120 }

interface Limits {
  readonly tenant?: RateLimit
  readonly clients: readonly (RateLimit | undefined)[]
  readonly ttlMs?: number
}

function found({ tenant, clients, ttlMs = HOUR_MS }: Limits) {
  const limitsOf = (revoke: RateLimit | undefined) => (revoke ? { limits: { revoke } } : {})
  const parts = {
    tenants: new Map([['acme', { id: 'acme', ...limitsOf(tenant) }]]),
    audiences: new Map([['payments', { ttlMs }]]),
    clients: new Map(
      clients.map((revoke, n) => [
        `c${n}`,
        { id: `c${n}`, tenant: 'acme', audiences: ['payments'], ...limitsOf(revoke) },
      ]),
    ),
  }
  return revocationFindings(parts as unknown as LintedParts)
}
const places = (limits: Limits): readonly string[] => found(limits).map(({ place }) => place)

describe('the limits of revocations', () => {
  it('are found where one client can fill the places of a tenant at an edge', () => {
    const [first, ...more] = found({ tenant: HIGH, clients: [HIGH, undefined] })
    expect(first).toMatchObject({ severity: 'warning', place: '/clients/c0/limits/revoke' })
    expect(first?.message).toContain('let 3611000 denials of tokens be alive')
    expect(first?.message).toContain('120000 places')
    expect(more).toEqual([])
  })

  it('are found where all clients of a tenant can do so together', () => {
    expect(places({ tenant: HIGH, clients: [HALF, HALF] })).toEqual(['/tenants/acme/limits/revoke'])
  })

  it('are found where the defaults meet tokens of a day', () => {
    expect(places({ clients: [undefined], ttlMs: 24 * HOUR_MS })).toEqual(['/clients/c0'])
  })

  it.each([
    ['are the defaults', { clients: [undefined, undefined] }],
    ['of a client are high, and those of its tenant hold it', { clients: [HIGH] }],
    ['of a tenant are high, and its clients do not use them', { tenant: HIGH, clients: [HALF] }],
    ['are high, and tokens live for a minute', { tenant: HALF, clients: [HALF], ttlMs: 60_000 }],
  ])('control: leave room where they %s', (_, limits) => {
    expect(places(limits)).toEqual([])
  })
})
