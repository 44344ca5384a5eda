import { describe, expect, it } from 'vitest'
import { deniedIn, vouchingOf } from './edge-vouching.ts'

const clean = { isOutOfView: false, sources: [], more: 0 }
const hr = { tenant: 'acme', source: 'hr', since: '2026-11-24T10:00:00.000Z' }

describe('the sources that an edge cannot vouch for', () => {
  it('are named with the time since which', () => {
    const unverified = { ...clean, sources: [hr, { ...hr, source: 'iga', since: null }], more: 3 }
    expect(vouchingOf({ standing: 'synced', unverified })).toEqual({
      kind: 'named',
      sources: [
        { source: 'hr', name: 'hr', since: hr.since },
        { source: 'iga', name: 'iga', since: null },
      ],
      more: 3,
    })
  })

  it('are named with their tenants where these are several', () => {
    const unverified = { ...clean, sources: [hr, { ...hr, tenant: 'globex' }] }
    expect(vouchingOf({ standing: 'synced', unverified })).toMatchObject({
      sources: [{ name: 'hr of acme' }, { name: 'hr of globex' }],
    })
  })

  it('are none for an edge that vouches for all (control)', () => {
    const none = { kind: 'named', sources: [], more: 0 }
    expect(vouchingOf({ standing: 'synced', unverified: clean })).toEqual(none)
  })

  it('are all where the view of the edge is out, by its report or by the time since', () => {
    const out = { ...clean, isOutOfView: true }
    expect(vouchingOf({ standing: 'starting', unverified: out })).toEqual({ kind: 'all' })
    expect(vouchingOf({ standing: 'stale', unverified: clean })).toEqual({ kind: 'all' })
    expect(vouchingOf({ standing: 'stale' })).toEqual({ kind: 'all' })
  })

  it('are unknown for an edge of an earlier release, and for one without reports', () => {
    expect(vouchingOf({ standing: 'synced' })).toEqual({ kind: 'unknown' })
    const gone = { standing: 'disconnected', unverified: clean } as const
    expect(vouchingOf(gone)).toEqual({ kind: 'unknown' })
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
