import { sendsIn } from '@freshet/protocol/slo'
import { describe, expect, it } from 'vitest'
import { probeFindings } from '../lint-registry.ts'
import type { LintedParts } from '../readable-registry.ts'

const claims = new Map([
  ['groups', { source: 'hr' }],
  ['probe', { source: 'freshet-probe' }],
])
const client = { id: 'web', tenant: 'acme', audiences: ['payments'], introspects: [] }
const prober = {
  id: 'prober',
  tenant: 'freshet-probe',
  audiences: ['freshet-probe'],
  introspects: [],
}

function places(carried: Readonly<Record<string, readonly string[]>>, clients: readonly object[]) {
  const audiences = new Map(
    Object.entries(carried).map(([name, list]) => [name, { name, claims: list }]),
  )
  const parts = { claims, audiences, clients: new Map(clients.map((each, n) => [n, each])) }
  return probeFindings(parts as unknown as LintedParts).map(({ place }) => place)
}

describe('probes', () => {
  it('have tenant, source and audience to themselves', () => {
    const carried = { payments: ['groups'], 'freshet-probe': ['probe'] }
    expect(places(carried, [client, prober])).toEqual([])
  })

  it.each([
    [
      'carry nothing real',
      { 'freshet-probe': ['groups'] },
      [],
      '/audiences/freshet-probe/claims/0',
    ],
    [
      'give nothing to tokens of others',
      { payments: ['probe'] },
      [],
      '/audiences/payments/claims/0',
    ],
    [
      'have no tokens for anything real',
      {},
      [{ ...prober, audiences: ['payments'] }],
      '/clients/prober/audiences/0',
    ],
    [
      'are asked for by nobody else',
      {},
      [{ ...client, audiences: ['freshet-probe'] }],
      '/clients/web/audiences/0',
    ],
    [
      'are not looked into by others',
      {},
      [{ ...client, introspects: ['freshet-probe'] }],
      '/clients/web/introspects/0',
    ],
  ])('%s', (_, carried, clients, place) => {
    expect(places(carried, clients)).toEqual([place])
  })

  it('need besides their own source those without which no claim is fresh', () => {
    const registry = { account: 'hr', cutOffs: ['security'] }
    const sending = (tenant: string) =>
      ['hr', 'security', 'iga', 'freshet-probe'].filter((source) =>
        sendsIn(registry, tenant, source),
      )
    expect(sending('freshet-probe')).toEqual(['hr', 'security', 'freshet-probe'])
    expect(sending('acme')).toEqual(['hr', 'security', 'iga'])
  })
})
