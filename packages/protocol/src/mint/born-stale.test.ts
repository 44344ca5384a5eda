import { describe, expect, it } from 'vitest'
import type { Knowledge } from '../judge/knowledge.ts'
import { scopeKey, type Scope } from '../scope/scope.ts'
import type { JudgedToken } from '../judge/token.ts'
import { bornStale } from './born-stale.ts'

const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }

const token: JudgedToken = {
  tenant: 'acme',
  issuer: 'https://tokens.example',
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [{ subject: alice, label: { e: 1n, s: 10n, c: 5n } }],
  claims: new Map([
    ['groups', ['a']],
    ['entitlements', []],
  ]),
}

const knowing = (scope: Scope, offset: bigint, more: Partial<Knowledge> = {}): Knowledge => ({
  map: undefined,
  minimumPv: 0,
  incarnation: () => 1n,
  watermark: (wanted) =>
    scopeKey(wanted) === scopeKey(scope)
      ? { position: { e: 1n, offset }, change: 'c1' }
      : undefined,
  denial: () => undefined,
  trust: () => ({ fresh: true }),
  ...more,
})

const cases: readonly [string, Scope, bigint][] = [
  ['a claim it carries', { kind: 'subject', subject: alice, claim: 'groups' }, 11n],
  ['a claim it has no value of', { kind: 'subject', subject: alice, claim: 'entitlements' }, 11n],
  ['the account', { kind: 'account', subject: alice }, 6n],
  ['a value', { kind: 'value', tenant: 'acme', claim: 'groups', value: 'a' }, 6n],
  ['the tenant', { kind: 'tenant', tenant: 'acme' }, 6n],
  ['the client', { kind: 'client', tenant: 'acme', client: 'web' }, 6n],
]

describe('bornStale', () => {
  it.each(cases)(
    'sees a change of %s after the label, and none before it (rule 5)',
    (_, scope, at) => {
      expect(bornStale(token, knowing(scope, at))).toMatchObject({ kind: 'stale', change: 'c1' })
      expect(bornStale(token, knowing(scope, at - 1n))).toBeUndefined()
    },
  )

  it('sees another incarnation, a raised minimum and a denial', () => {
    const nothing = { kind: 'tenant', tenant: 'other' } as const
    const bornStaleWith = (more: Partial<Knowledge>) => bornStale(token, knowing(nothing, 0n, more))
    expect(bornStaleWith({ incarnation: () => 2n })).toMatchObject({ reason: 'incarnation' })
    expect(bornStaleWith({ minimumPv: 4 })).toMatchObject({ reason: 'policy-version' })
    expect(
      bornStaleWith({ denial: ({ kind }) => (kind === 'key' ? {} : undefined) }),
    ).toMatchObject({
      reason: 'key-denied',
    })
  })

  it('looks at the account of a token that was minted for no claim', () => {
    const scope = { kind: 'account', subject: alice } as const
    const bare = { ...token, claims: new Map() }
    expect(bornStale(bare, knowing(scope, 6n))).toMatchObject({ reason: 'account' })
  })
})
