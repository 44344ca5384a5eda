import type { TokenView } from '@freshet/insight/answers'
import { expect, it } from 'vitest'
import { PLAIN_VIEW } from '../view.ts'
import { tokenVerdict } from './token-text.ts'

const NOW_MS = Date.parse('2026-11-24T10:01:09.000Z')

function token(claims: TokenView['claims'], more: Partial<TokenView> = {}): TokenView {
  return {
    apiVersion: 'freshet.dev/v1',
    jti: 'j1',
    tenant: 'acme',
    client: 'payments-web',
    policyVersion: 3,
    expired: false,
    parties: [{ subject: { iss: 'https://idp', sub: 'alice' }, label: { e: '1', s: '2', c: '3' } }],
    claims,
    ledger: {
      issuedAt: '2026-11-24T10:00:00.000Z',
      expiresAt: '2026-11-24T10:05:00.000Z',
      mark: {
        at: '2026-11-24T10:01:00.000Z',
        reason: 'claim-changed',
        source: 'hr',
        change: 'hr-98e6e60c',
      },
    },
    issuance: null,
    ...more,
  }
}

const lost = { verdict: 'stale', reason: 'claim-changed', change: 'hr-98e6e60c' } as const
const since = '2026-11-24T10:00:55.000Z'
const onTerminal = { ...PLAIN_VIEW, nowMs: NOW_MS }

it.each<[string, TokenView, string]>([
  [
    'a lost value names the person, the claim, the time, the change and the effect',
    token({ groups: lost, department: { verdict: 'fresh' } }),
    'STALE: alice lost values of groups 9s ago (hr-98e6e60c). Every edge refuses it where groups is required.',
  ],
  [
    'several claims are named together',
    token({ groups: lost, shoes: lost }),
    'STALE: alice lost values of groups or shoes 9s ago (hr-98e6e60c). Every edge refuses it where groups or shoes is required.',
  ],
  [
    'a cause that concerns the whole token comes before one that concerns a claim',
    token({ groups: lost, shoes: { verdict: 'stale', reason: 'client-cut-off', change: 'c-1' } }),
    'STALE: client payments-web was cut off (c-1). Every edge refuses it.',
  ],
  [
    'a silent source is named with the time',
    token({ groups: { verdict: 'unverified', source: 'hr', since } }),
    'UNVERIFIED: hr was last heard 14s ago. Edges cannot verify groups, and routes that require it deny by default.',
  ],
  [
    'an expired token is refused whatever its claims are',
    token({ groups: lost }, { expired: true }),
    'EXPIRED in 3m. Every edge refuses it.',
  ],
  [
    'a fresh token',
    token({ groups: { verdict: 'fresh' } }),
    'FRESH: no source has reduced its claims since it was minted.',
  ],
  [
    'names from outside steer no terminal',
    token({ groups: { verdict: 'stale', reason: 'account', change: '\u001b[2J' } }),
    'STALE: the account of alice changed (�[2J). Every edge refuses it.',
  ],
])('%s', (_, view, sentence) => {
  expect(tokenVerdict(view, onTerminal)).toBe(sentence)
})

it('names the exact time without a terminal', () => {
  expect(tokenVerdict(token({ groups: lost }), PLAIN_VIEW)).toContain(
    'groups at 2026-11-24T10:01:00.000Z (hr-98e6e60c)',
  )
})
