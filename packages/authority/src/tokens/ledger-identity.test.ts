import { scopeKey, subjectKey, type JudgedToken } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { ledgerIdentityOf } from './ledger-identity.ts'

const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const robot = { ...alice, sub: 'robot' }
const label = { e: 1n, s: 10n, c: 5n }
const token: JudgedToken = {
  tenant: 'acme',
  issuer: 'https://tokens.example',
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [
    { subject: alice, label },
    { subject: robot, label: { ...label, s: 7n } },
  ],
  claims: new Map([['groups', ['a', 1]]]),
}
const valueScope = (value: string | number): string =>
  scopeKey({ kind: 'value', tenant: 'acme', claim: 'groups', value })

describe('the content of a token for the ledger', () => {
  it('is all by which it was minted and is judged', () => {
    expect(ledgerIdentityOf(token)).toEqual({
      jti: 'j1',
      client: 'web',
      sid: null,
      kid: 'k1',
      pv: 3,
      subject: subjectKey(alice),
      actors: [subjectKey(robot)],
      e: 1n,
      s: 10n,
      c: 5n,
      actorPositions: [7n],
      valueScopes: ['a', 1].map(valueScope),
    })
  })

  it.each([{ e: 2n }, { c: 6n }])(
    'is nothing where an actor was read at another moment: %o',
    (more) => {
      const parties = [token.parties[0], { subject: robot, label: { ...label, ...more } }] as const
      expect(ledgerIdentityOf({ ...token, parties })).toBeUndefined()
    },
  )
})
