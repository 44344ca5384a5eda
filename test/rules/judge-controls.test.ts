import {
  CONTROL_PARTITION,
  judge,
  partitionOf,
  scopeKey,
  type ClaimMap,
  type JudgedToken,
  type Knowledge,
  type Scope,
  type Trust,
  type Watermark,
} from '@freshet/protocol'
import { expect, test } from 'vitest'

/**
 * The effect of each rule of the judge: the same token under the same facts is judged twice. Once all facts
 * count. Once a weaker form leaves the rule out and lets the token pass.
 */
const alice = { tenant: 'acme', iss: 'https://idp.example', sub: 'alice' }
const HERE = partitionOf(alice)

const mapped = { kind: 'authoritative', onUnverified: 'deny', polarity: 'grant', from: [] } as const
const map: ClaimMap = {
  version: 1,
  account: 'directory',
  cutOffs: ['security'],
  leasesMs: new Map(),
  claims: new Map([['groups', { ...mapped, source: 'hr' }]]),
}

const token: JudgedToken = {
  tenant: 'acme',
  issuer: 'https://tokens.example',
  kid: 'k1',
  jti: 't1',
  client: 'web',
  pv: 1,
  parties: [{ subject: alice, label: { e: 1n, s: 10n, c: 10n } }],
  claims: new Map([['groups', ['a']]]),
}

const knowing: Knowledge = {
  map,
  minimumPv: 0,
  incarnation: () => 1n,
  watermark: () => undefined,
  denial: () => undefined,
  trust: () => ({ fresh: true }),
}

const SILENT: Trust = { fresh: false, sinceMs: 1 }
const silentAt = (source: string, partition: number): Knowledge['trust'] => {
  return (_tenant, wanted, where) =>
    wanted === source && where === partition ? SILENT : { fresh: true }
}
const raised = (scope: Scope, position: Watermark['position']): Knowledge['watermark'] => {
  return (wanted) => (scopeKey(wanted) === scopeKey(scope) ? { position } : undefined)
}

test.each(['directory', 'security'])(
  'rule 15: silence of %s counts; control: the claim’s source alone passes',
  (source) => {
    const facts = { ...knowing, trust: silentAt(source, CONTROL_PARTITION) }
    expect(judge(token, 'groups', facts).kind).toBe('unverified')
    const claimAlone: ClaimMap = { ...map, account: 'hr', cutOffs: [] }
    expect(judge(token, 'groups', { ...facts, map: claimAlone }).kind).toBe('fresh')
  },
)

test('rule 18: a token of a later incarnation is unverified; control: by offset alone it passes', () => {
  const later = { subject: alice, label: { e: 2n, s: 10n, c: 10n } }
  const ahead = { ...token, parties: [later] as const }
  expect(judge(ahead, 'groups', knowing).kind).toBe('unverified')
  expect(judge(ahead, 'groups', { ...knowing, incarnation: () => 2n }).kind).toBe('fresh')
})

test('rule 21: without the map in force nothing is fresh; control: an edge’s own file passes', () => {
  expect(judge(token, 'groups', { ...knowing, map: undefined }).kind).toBe('unverified')
  const deadSource = { ...knowing, trust: silentAt('hr', HERE) }
  const groups = { ...mapped, source: 'somebody-else' }
  const ownFile: ClaimMap = { ...map, claims: new Map([['groups', groups]]) }
  expect(judge(token, 'groups', deadSource).kind).toBe('unverified')
  expect(judge(token, 'groups', { ...deadSource, map: ownFile }).kind).toBe('fresh')
})

test('rule 23: a denied key is refused at any label; control: as a watermark it is not', () => {
  const label = { e: 1n, s: 10n ** 18n, c: 10n ** 18n }
  const forged = { ...token, parties: [{ subject: alice, label }] as const }
  expect(judge(forged, 'groups', { ...knowing, denial: () => ({}) }).kind).toBe('stale')
  const cutOff = raised({ kind: 'tenant', tenant: 'acme' }, { e: 1n, offset: 900n })
  expect(judge(forged, 'groups', { ...knowing, watermark: cutOff }).kind).toBe('fresh')
})
