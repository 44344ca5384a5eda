import type { IdentityProvider } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { checkParties } from './subject-token.ts'

const US = 'https://tokens.example'
const ours: IdentityProvider = { issuer: 'https://idp.example', keys: 'idp.jwks.json' }
const web: IdentityProvider = { ...ours, audiences: ['web'] }

type Parties = { readonly aud?: unknown; readonly azp?: unknown }
const check = (token: Parties, provider = web, presents: readonly string[] = ['web']): void =>
  checkParties(token, { authority: US, provider, presents, what: 'subject token' })

describe('an identity token is exchanged', () => {
  it.each<[string, Parties, IdentityProvider]>([
    ['for the authority alone', { aud: US }, ours],
    ['for the authority alone, as a list, whatever its azp', { aud: [US], azp: 'x' }, web],
    ['for a client that presents it, without azp (Entra)', { aud: 'web' }, web],
    [
      'for a client that presents it, which azp names too (Keycloak)',
      { aud: ['web'], azp: 'web' },
      web,
    ],
    [
      'for several audiences with azp',
      { aud: ['web', 'api'], azp: 'web' },
      { ...web, audiences: ['web', 'api'] },
    ],
    [
      'for the authority beside others, with azp',
      { aud: [US, 'api'], azp: 'web' },
      { ...ours, audiences: ['api'], azp: ['web'] },
    ],
  ])('%s', (_, token, provider) => {
    expect(() => check(token, provider)).not.toThrow()
  })

  it('for the authority alone by each client of the tenant, which presents no other', () => {
    expect(() => check({ aud: US }, web, [])).not.toThrow()
  })
})

describe('an identity token is refused', () => {
  it.each<[string, Parties, IdentityProvider, RegExp]>([
    [
      'for a client there, where the registry accepts none',
      { aud: 'web' },
      ours,
      /authority alone/,
    ],
    [
      'for the authority and another, where it accepts none',
      { aud: [US, 'web'], azp: 'web' },
      ours,
      /authority alone/,
    ],
    ['for another client there', { aud: 'other', azp: 'web' }, web, /audience/],
    [
      'for an audience more than is accepted',
      { aud: ['web', 'other'], azp: 'web' },
      web,
      /audience/,
    ],
    ['without audience', {}, web, /audience/],
    ['with an empty list of audiences', { aud: [], azp: 'web' }, web, /audience/],
    ['with an audience that is no text', { aud: [['web']], azp: 'web' }, web, /audience/],
    ['that was issued to another client there', { aud: 'web', azp: 'other' }, web, /azp/],
    ['with an azp that is no text', { aud: 'web', azp: ['web'] }, web, /azp/],
    ['for two audiences without azp', { aud: ['web', 'web'] }, web, /several audiences/],
    [
      'for the authority alone, issued to a client that is not accepted',
      { aud: US, azp: 'x' },
      { ...ours, azp: ['web'] },
      /azp/,
    ],
    [
      'whose azp is an audience but not an authorised party',
      { aud: 'web', azp: 'web' },
      { ...web, azp: ['spa'] },
      /azp/,
    ],
  ])('%s', (_, token, provider, rule) => {
    expect(() => check(token, provider)).toThrow(rule)
    expect(() => check(token, provider)).toThrow(
      expect.objectContaining({ code: 'token.invalid' }) as Error,
    )
  })

  it('from a client that does not present it; control: another one exchanges the same token', () => {
    const both: IdentityProvider = { ...web, audiences: ['web', 'api'] }
    const forbidden = expect.objectContaining({ code: 'grant.forbidden' }) as Error
    for (const token of [{ aud: 'web' }, { aud: 'web', azp: 'web' }, { aud: 'api', azp: 'web' }]) {
      expect(() => check(token, both, [])).toThrow(forbidden)
      // A service that received the token is one of its audiences: that does not let it exchange it.
      expect(() => check(token, both, ['api'])).toThrow(forbidden)
      expect(() => check(token, both, ['web'])).not.toThrow()
    }
  })
})
