import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { EVERY_TENANT, mayWrite } from './authority-of-source.ts'
import type { Change, ChangeOrigin } from '../changes/change.ts'

const identityProviders = [{ issuer: 'https://idp.example', keys: 'k' }]
const registry = exampleRegistry(
  [
    exampleSource('hr'),
    exampleSource('iga', { versions: 'feed', onBehalfOf: ['partner'] }),
    exampleSource('security'),
  ],
  [exampleClaim('groups', 'hr'), exampleClaim('entitlements', 'iga')],
  { cutOffs: ['security'], tenants: new Map([['acme', { id: 'acme', identityProviders }]]) },
)

const subject = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const origin = (by: string, more: Partial<ChangeOrigin> = {}): ChangeOrigin => ({
  tenant: 'acme',
  source: by,
  id: '1',
  occurredAtMs: 0,
  sourceVersion: { epoch: 0n, n: 1n },
  ...more,
})

const groups = (by: string, more: Partial<ChangeOrigin> = {}): Change => ({
  ...origin(by, more),
  kind: 'claim',
  subject,
  claim: 'groups',
  op: 'remove',
  values: ['a'],
})
const disabled = (by: string): Change => ({
  ...origin(by),
  kind: 'account',
  subject,
  op: 'disabled',
})
const withdrawn = (by: string, name: string): Change => ({
  ...origin(by),
  kind: 'value-withdrawn',
  claim: name,
  value: 'a',
})
const cutOff = (by: string, target = 'acme'): Change => ({
  ...origin(by),
  kind: 'cut-off',
  scope: 'tenant',
  target,
})
const deny = (by: string): Change => ({ ...origin(by), kind: 'deny', scope: 'key', target: 'k1' })
const marker = (by: string): Change => ({ ...origin(by), kind: 'snapshot-begin' })
const activate = (by: string, tenant: string = EVERY_TENANT): Change => ({
  ...origin(by, { tenant }),
  kind: 'activate',
  pv: 2,
  hash: 'h',
  minimum: 0,
})

const answer = (change: Change) => mayWrite(registry, change.source, change)

describe('mayWrite', () => {
  it.each<[string, Change]>([
    ['the source of a claim change it', groups('hr')],
    ['the account source disable', disabled('hr')],
    [
      'a source with feed-wide versions withdraw a value of its claim',
      withdrawn('iga', 'entitlements'),
    ],
    ['a cut-off source cut off its tenant', cutOff('security')],
    ['a cut-off source deny', deny('security')],
    ['an operator cut off', cutOff('freshet')],
    ['an operator deny', deny('freshet')],
    ['any source begin a snapshot', marker('iga')],
    ['the product activate', activate('freshet')],
  ])('lets %s', (_, change) => {
    expect(answer(change)).toEqual({ ok: true })
  })

  it.each<[string, Change, RegExp]>([
    ['another source change a claim', groups('iga'), /groups belongs to source hr/],
    ['the product change a claim', groups('freshet'), /groups belongs to source hr/],
    ['an unknown source speak', groups('mallory'), /mallory is not in the registry/],
    ['another source disable', disabled('security'), /only source hr/],
    ['a source without feed-wide versions withdraw', withdrawn('hr', 'groups'), /feed-wide/],
    ['another source withdraw', withdrawn('iga', 'groups'), /belongs to source hr/],
    ['an ordinary source cut off', cutOff('hr'), /may not cut off/],
    ['an ordinary source deny', deny('iga'), /may not cut off or deny/],
    ['one tenant cut off another', cutOff('security', 'other'), /of that tenant/],
    ['an ordinary source activate', activate('hr'), /may not activate/],
    ['an activation of one tenant', activate('freshet', 'acme'), /every tenant/],
    ['the product state claims', marker('freshet'), /no claims/],
    ['an undeclared delegation', groups('hr', { onBehalfOf: 'partner' }), /speak for partner/],
    ['the product speak for another', { ...deny('freshet'), onBehalfOf: 'hr' }, /no one else/],
    ['an unknown tenant', { ...marker('hr'), tenant: 'other' }, /tenant other/],
    ['every tenant at once', { ...deny('security'), tenant: EVERY_TENANT }, /tenant \*/],
    [
      'a foreign issuer of subjects',
      { ...disabled('hr'), subject: { ...subject, iss: 'https://evil.example' } } as Change,
      /not an identity provider/,
    ],
    [
      "a subject of another tenant than the change's",
      { ...disabled('hr'), subject: { ...subject, tenant: 'other' } } as Change,
      /belongs to the tenant/,
    ],
  ])('does not let through %s', (_, change, rule) => {
    expect(answer(change)).toMatchObject({
      ok: false,
      code: 'event.forbidden',
      rule: expect.stringMatching(rule),
    })
  })

  it('lets a declared delegation through', () => {
    const change: Change = {
      ...origin('iga', { onBehalfOf: 'partner' }),
      kind: 'claim',
      subject,
      claim: 'entitlements',
      op: 'clear',
      values: [],
    }
    expect(answer(change)).toEqual({ ok: true })
  })

  it('separates an unregistered claim from a claim of another source', () => {
    const change = { ...groups('hr'), claim: 'shoe-size' } as Change
    expect(answer(change)).toMatchObject({ ok: false, code: 'event.unmapped' })
    expect(JSON.stringify(answer(change))).not.toContain('Did you mean')
    const near = { ...groups('hr'), claim: 'gruops' } as Change
    expect(answer(near)).toMatchObject({
      code: 'event.unmapped',
      rule: 'claim gruops is not in the registry. Did you mean groups?',
    })
  })
})
