import { describe, expect, it } from 'vitest'
import { drawnRegistry } from './drawn-registry.ts'

type Parts = Parameters<typeof drawnRegistry>[0]

const parts = (more: object = {}): Parts =>
  ({
    sources: [{ source: 'hr' }, { source: 'iga' }],
    claims: [
      { claim: 'roles', source: 'iga', audiences: ['ledger'] },
      { claim: 'groups', source: 'hr', corroborates: 'iga', audiences: ['payments'] },
    ],
    audiences: [
      { audience: 'ledger', claims: ['roles'], routes: [] },
      {
        audience: 'payments',
        claims: ['groups'],
        routes: [{ route: 'POST /transfers', risk: 'high' }, { route: 'GET /balance' }],
      },
    ],
    ...more,
  }) as unknown as Parts

const namesIn = (column: number, of = drawnRegistry(parts())) =>
  of.nodes.filter((node) => node.column === column).map(({ name }) => name)

describe('the drawing of a registry', () => {
  it('has each name once, beside the names that lead to it', () => {
    expect(namesIn(0)).toEqual(['hr', 'iga'])
    expect(namesIn(1)).toEqual(['groups', 'roles'])
    expect(namesIn(2)).toEqual(['payments', 'ledger'])
    expect(namesIn(3)).toEqual(['POST /transfers', 'GET /balance'])
    expect(drawnRegistry(parts()).rows).toBe(2)
  })

  it('links a claim with both of its sources, and marks the routes of high risk', () => {
    const { links, nodes } = drawnRegistry(parts())
    const ends = links.map(({ from, to }) => `${from.name} → ${to.name}`)
    expect(ends).toContain('hr → groups')
    expect(ends).toContain('iga → groups')
    expect(ends).toContain('payments → POST /transfers')
    expect(nodes.filter(({ isHighRisk }) => isHighRisk).map(({ name }) => name)).toEqual([
      'POST /transfers',
    ])
  })

  it('has its content as sentences', () => {
    expect(drawnRegistry(parts()).sentences).toEqual([
      'Claim roles: from iga, to ledger.',
      'Claim groups: from hr, iga, to payments.',
      'Audience ledger: routes none.',
      'Audience payments: routes POST /transfers (high risk), GET /balance.',
    ])
  })

  it('that has too many names is cut, and its sentences are not', () => {
    const claims = Array.from({ length: 60 }, (_, n) => ({
      claim: `c${n}`,
      source: 'hr',
      audiences: [],
    }))
    const drawn = drawnRegistry(parts({ claims, audiences: [] }))
    expect(drawn.isCut).toBe(true)
    expect(namesIn(1, drawn)).toHaveLength(40)
    expect(drawn.sentences).toHaveLength(60)
  })
})
