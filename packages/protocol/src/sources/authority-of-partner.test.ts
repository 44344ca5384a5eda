import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { mayWrite, type MayWrite } from './authority-of-source.ts'
import type { Change, ChangeOrigin } from '../changes/change.ts'
import type { Claim, Registry } from '../registry/registry.ts'

const iga = exampleSource('iga', {
  ordering: 'dense',
  versions: 'feed',
  onBehalfOf: ['partner', 'other'],
})
const shared = exampleClaim('shared', 'iga', { partners: [{ name: 'partner', prefix: 'p/' }] })
const own: Claim = { ...shared, name: 'own', partners: [] }

const identityProviders = [{ issuer: 'https://idp.example', keys: 'k' }]
const registryOf = (...claims: readonly Claim[]): Registry =>
  exampleRegistry([iga], claims, {
    account: 'iga',
    tenants: new Map([['acme', { id: 'acme', identityProviders }]]),
  })
const registry = registryOf(shared, own)

const by = (partner?: string): ChangeOrigin => ({
  tenant: 'acme',
  source: 'iga',
  id: '1',
  occurredAtMs: 0,
  sourceVersion: { epoch: 0n, n: 1n },
  ...(partner === undefined ? {} : { onBehalfOf: partner }),
})
const claimChange = (
  values: readonly (string | number)[],
  { partner, op = 'add', claim = 'shared' }: ChangeOptions = {},
): Change => {
  const subject = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
  return { ...by(partner), kind: 'claim', subject, claim, op, values }
}
interface ChangeOptions {
  readonly partner?: string
  readonly op?: 'add' | 'remove' | 'set' | 'clear'
  readonly claim?: string
}
const withdraws = (value: string): Change => ({
  ...by('partner'),
  kind: 'value-withdrawn',
  claim: 'shared',
  value,
})
const states = (kind: 'snapshot-begin' | 'snapshot-end'): Change => ({ ...by('partner'), kind })

const partner = 'partner'
const answer = (change: Change, of = registry): MayWrite => mayWrite(of, 'iga', change)

describe('a partner of a claim, through its source', () => {
  it.each<[string, Change]>([
    ['adds values under its prefix', claimChange(['p/a', 'p/b'], { partner })],
    ['removes them', claimChange(['p/a'], { partner, op: 'remove' })],
    ['withdraws one', withdraws('p/a')],
    ['says any value of a claim that is not shared', claimChange(['x'], { partner, claim: 'own' })],
  ])('%s', (_, change) => {
    expect(answer(change)).toEqual({ ok: true })
  })

  it.each<[string, Change, RegExp]>([
    ['add another value', claimChange(['a'], { partner }), /not under the prefix of partner/],
    ['add one among its own', claimChange(['p/a', 'q/a'], { partner }), /not under the prefix/],
    ['add what only looks so', claimChange(['P/a'], { partner }), /not under the prefix/],
    ['add a number', claimChange([7], { partner }), /not under the prefix/],
    ['remove another value', claimChange(['a'], { partner, op: 'remove' }), /not under the prefix/],
    ['withdraw another value', withdraws('a'), /not under the prefix/],
    [
      'set the claim, even to its own',
      claimChange(['p/a'], { partner, op: 'set' }),
      /only added to/,
    ],
    ['clear the claim', claimChange([], { partner, op: 'clear' }), /only added to/],
    ['begin a full statement', states('snapshot-begin'), /states its claims for itself/],
    ['end one', states('snapshot-end'), /states its claims for itself/],
    [
      'speak of a claim that does not name it',
      claimChange(['p/a'], { partner: 'other' }),
      /does not name other/,
    ],
  ])('may not %s', (_, change, rule) => {
    expect(answer(change)).toEqual({
      ok: false,
      code: 'event.forbidden',
      rule: expect.stringMatching(rule) as string,
    })
  })

  it('and the refusal names no value', () => {
    expect(JSON.stringify(answer(claimChange(['secret-value'], { partner })))).not.toContain(
      'secret-value',
    )
  })
})

describe('control', () => {
  it('the source itself can send any value, under a prefix of another too', () => {
    expect(answer(claimChange(['a', 'p/a', 7]))).toEqual({ ok: true })
    expect(answer(claimChange(['a'], { op: 'set' }))).toEqual({ ok: true })
  })

  it('a partner without a shared claim can send all that its source can', () => {
    const open = registryOf(own)
    expect(answer(claimChange(['a'], { partner, op: 'set', claim: 'own' }), open)).toEqual({
      ok: true,
    })
    expect(answer(states('snapshot-begin'), open)).toEqual({ ok: true })
  })
})
