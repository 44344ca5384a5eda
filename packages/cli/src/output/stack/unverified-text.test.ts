import { describe, expect, it } from 'vitest'
import { fixedEdge, fixedUnverified } from '../../../test/fixed-lists.ts'
import { edgesText, denialsText, isUnverified, unverifiedText } from './edges-text.ts'
import { PLAIN_VIEW } from '../view.ts'

const short = { isLong: false, nowMs: undefined }
const silent = fixedEdge({ unverified: fixedUnverified })
const since = '2026-11-24T10:00:00.000Z'
const NOW_MS = Date.parse(since) + 14_000

describe('the sources that an edge cannot vouch for', () => {
  it('are named, and in full with the time since which', () => {
    expect(unverifiedText(silent, short)).toBe('hr, iga, 2 more')
    expect(unverifiedText(silent, { isLong: true, nowMs: NOW_MS })).toBe(
      'hr (since 14s), iga (never heard), 2 more',
    )
    expect(unverifiedText(silent, { isLong: true, nowMs: undefined })).toContain(
      `hr (since ${since})`,
    )
  })

  it('are named with their tenants where these are several', () => {
    const sources = ['acme', 'globex'].map((tenant) => ({ tenant, source: 'hr', since }))
    const edge = fixedEdge({ unverified: { isOutOfView: false, sources, more: 0 } })
    expect(unverifiedText(edge, short)).toBe('hr of acme, hr of globex')
  })

  it('are none for an edge that vouches for all (control)', () => {
    expect(unverifiedText(fixedEdge(), short)).toBe('-')
    expect(isUnverified(fixedEdge())).toBe(false)
  })

  it('are all where its own view is out, and unknown where it reports nothing or is of before', () => {
    const unverified = { isOutOfView: true, sources: [], more: 0 }
    expect(unverifiedText(fixedEdge({ unverified }), short)).toBe('every source')
    expect(unverifiedText(fixedEdge({ standing: 'stale' }), short)).toBe('every source')
    const gone = fixedEdge({ standing: 'disconnected', unverified })
    expect([unverifiedText(gone, short), isUnverified(gone)]).toEqual(['?', false])
    const { unverified: _, ...before } = fixedEdge()
    expect([unverifiedText(before, short), isUnverified(before)]).toEqual(['?', false])
  })
})

describe('a narrow table of edges', () => {
  const narrow = { ...PLAIN_VIEW, columns: 80 }

  it('has a column of them only while an edge cannot vouch for one', () => {
    expect(edgesText({ items: [fixedEdge(), silent] }, narrow)).toMatch(
      /CANNOT VOUCH FOR[^]* hr, iga, 2 more/,
    )
    expect(edgesText({ items: [fixedEdge()] }, narrow)).not.toContain('VOUCH')
  })
})

it('denials of an hour are counted by reason, the unverified first', () => {
  const at = { at: since, oldestViewMs: 40 }
  const denied = { stale: 2, unverified: 3, insufficient: 0, other: 0 }
  const minutes = [{ ...at, denied }, at, { ...at, denied: { ...denied, stale: 0 } }]
  expect(denialsText(minutes)).toBe('6 unverified, 2 stale')
  expect(denialsText([{ ...at, denied: { ...denied, stale: 0, unverified: 0 } }])).toBe('none')
  expect(denialsText([at])).toBe('?')
})
