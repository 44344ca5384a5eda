import { expect, test } from 'vitest'
import type { ClaimMap } from '../claims/claim-map.ts'
import { judge } from './judge.ts'
import type { Knowledge } from './knowledge.ts'
import type { Scope } from '../scope/scope.ts'
import { withTokenItself } from './token-itself.ts'
import type { JudgedToken } from './token.ts'

const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }

const token: JudgedToken = {
  tenant: 'acme',
  issuer: 'https://tokens.example',
  kid: 'k1',
  jti: 't1',
  sid: 's1',
  client: 'web',
  pv: 3,
  parties: [{ subject: alice, label: { e: 1n, s: 10n, c: 10n } }],
  claims: new Map([['groups', ['staff']]]),
}

const ofHr = { source: 'hr', onUnverified: 'deny', polarity: 'grant', from: [] } as const
const map: ClaimMap = withTokenItself({
  version: 3,
  account: 'hr',
  cutOffs: ['security'],
  leasesMs: new Map([['hr', 5_000]]),
  claims: new Map([
    ['groups', { ...ofHr, kind: 'authoritative' }],
    ['children', { ...ofHr, kind: 'authoritative', from: ['groups'] }],
    ['department', { ...ofHr, kind: 'descriptive' }],
  ]),
})

const NOTHING: Knowledge = {
  map,
  minimumPv: 0,
  incarnation: () => 1n,
  watermark: () => undefined,
  denial: () => undefined,
  trust: () => ({ fresh: true }),
}

const cut = (kind: Scope['kind']): Partial<Knowledge> => ({
  watermark: (scope) =>
    scope.kind === kind ? { position: { e: 1n, offset: 11n }, change: 'c1' } : undefined,
})
const denied = (kind: string): Partial<Knowledge> => ({
  denial: (denial) => (denial.kind === kind ? { change: 'c1' } : undefined),
})

const grounds: readonly (readonly [string, Partial<Knowledge>])[] = [
  ['a denied key', denied('key')],
  ['a denied issuer', denied('issuer')],
  ['a denied session', denied('session')],
  ['a denied token', denied('token')],
  ['a disabled account', cut('account')],
  ['a cut-off tenant', cut('tenant')],
  ['a cut-off client', cut('client')],
  ['an old policy version', { minimumPv: 4 }],
  ['an older incarnation', { incarnation: () => 2n }],
]

test.each(grounds)('%s makes any claim stale, also one that no map names', (_, known) => {
  for (const claim of ['', 'groups', 'children', 'department', 'unknown'])
    expect(judge(token, claim, { ...NOTHING, ...known }).kind).toBe('stale')
})

test('control: without a ground the token and its claims are fresh', () => {
  for (const claim of ['', 'groups', 'children', 'department'])
    expect(judge(token, claim, NOTHING).kind).toBe('fresh')
  expect(judge(token, 'unknown', NOTHING).kind).toBe('unverified')
})
