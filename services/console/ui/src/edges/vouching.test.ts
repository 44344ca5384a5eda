import { describe, expect, it } from 'vitest'
import { deniedIn, vouchingOf } from './vouching.ts'

const NOW = Date.parse('2026-11-24T10:00:14.000Z')
const clean = { isOutOfView: false, sources: [], more: 0 }
const hr = { tenant: 'acme', source: 'hr', since: '2026-11-24T10:00:00.000Z' }

describe('the sources that an edge cannot vouch for', () => {
  it('are shown with the time since which', () => {
    const unverified = { ...clean, sources: [hr, { ...hr, source: 'iga', since: null }], more: 3 }
    expect(vouchingOf({ standing: 'synced', unverified }, NOW)).toEqual({
      kind: 'named',
      sources: [
        { source: 'hr', name: 'hr', since: 'since 14 s' },
        { source: 'iga', name: 'iga', since: 'never heard' },
      ],
      more: 3,
    })
  })

  it('are named with their tenants where these are several', () => {
    const unverified = { ...clean, sources: [hr, { ...hr, tenant: 'globex' }] }
    expect(vouchingOf({ standing: 'synced', unverified }, NOW)).toMatchObject({
      sources: [{ name: 'hr of acme' }, { name: 'hr of globex' }],
    })
  })

  it('are none for an edge that vouches for all (control)', () => {
    const none = { kind: 'named', sources: [], more: 0 }
    expect(vouchingOf({ standing: 'synced', unverified: clean }, NOW)).toEqual(none)
  })

  it('are all where the view of the edge is out, by its report or by the time since', () => {
    const out = { ...clean, isOutOfView: true }
    expect(vouchingOf({ standing: 'starting', unverified: out }, NOW)).toEqual({ kind: 'all' })
    expect(vouchingOf({ standing: 'stale', unverified: clean }, NOW)).toEqual({ kind: 'all' })
    expect(vouchingOf({ standing: 'stale' }, NOW)).toEqual({ kind: 'all' })
  })

  it('are unknown for an edge of an earlier release, and for one without reports', () => {
    expect(vouchingOf({ standing: 'synced' }, NOW)).toEqual({ kind: 'unknown' })
    const gone = { standing: 'disconnected', unverified: clean } as const
    expect(vouchingOf(gone, NOW)).toEqual({ kind: 'unknown' })
  })
})

it('denials are counted by reason, and reasons without one are left out', () => {
  const denied = { stale: 2, unverified: 3, insufficient: 0, other: 0 }
  expect(deniedIn([{ denied }, {}, { denied: { ...denied, stale: 0 } }])).toEqual([
    { reason: 'unverified', count: 6 },
    { reason: 'stale', count: 2 },
  ])
  expect(deniedIn([{}])).toEqual([])
})
