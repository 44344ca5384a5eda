import { loggedChange } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { effectOn } from './change-effect.ts'
import type { LedgerEntry } from '../observatory-store.ts'

const change = loggedChange({ appliedAtMs: 1_000, tightened: true })
const token: LedgerEntry = {
  jti: 'j1',
  subject: 's',
  audience: 'payments',
  client: 'web',
  iatMs: 500,
  expMs: 9_000,
  claims: ['groups'],
  stale: null,
  issuer: null,
}
const marked = (atMs: number, by: string, source = 'hr'): LedgerEntry => ({
  ...token,
  stale: { atMs, reason: 'claim-changed', source, change: by },
})

describe('what a change did to a token of its subject', () => {
  it.each([
    ['marked', marked(1_000, change.id), change],
    ['stale-before', marked(900, 'other'), change],
    ['stale-since', marked(1_100, 'other'), change],
    ['stale-since', marked(1_100, change.id, 'another-source'), change],
    ['minted-after', { ...token, iatMs: 1_001 }, change],
    ['not-marked', token, change],
    ['claim-not-carried', { ...token, claims: ['department'] }, change],
    ['nothing-taken', token, { ...change, tightened: false }],
    ['marked', { ...marked(1_000, change.id), claims: [] }, { ...change, claim: null }],
  ])('%s', (effect, its, of) => {
    expect(effectOn(its, of)).toBe(effect)
  })
})
