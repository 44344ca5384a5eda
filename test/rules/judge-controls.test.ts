import {
  CONTROL_PARTITION,
  isFresh,
  judge,
  partitionOf,
  scopeKey,
  valuesInForce,
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
const robot = { tenant: 'acme', iss: 'https://idp.example', sub: 'robot' }
const HERE = partitionOf(alice)

const mapped = { kind: 'authoritative', onUnverified: 'deny', polarity: 'grant', from: [] } as const
const map: ClaimMap = {
  version: 1,
  account: 'directory',
  cutOffs: ['security'],
  leasesMs: new Map(),
  claims: new Map([
    ['groups', { ...mapped, source: 'hr' }],
    ['children', { ...mapped, source: 'hr', from: ['groups'] }],
  ]),
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

test('rule 14: silence of the control partition counts; control: the subject’s alone passes', () => {
  const facts = { ...knowing, trust: silentAt('hr', CONTROL_PARTITION) }
  expect(judge(token, 'groups', facts).kind).toBe('unverified')
  const subjectAlone: Knowledge['trust'] = (tenant, source, partition) =>
    partition === HERE ? facts.trust(tenant, source, partition) : { fresh: true }
  expect(judge(token, 'groups', { ...facts, trust: subjectAlone }).kind).toBe('fresh')
})

test.each(['directory', 'security'])(
  'rule 15: silence of %s counts; control: the claim’s source alone passes',
  (source) => {
    const facts = { ...knowing, trust: silentAt(source, CONTROL_PARTITION) }
    expect(judge(token, 'groups', facts).kind).toBe('unverified')
    const claimAlone: ClaimMap = { ...map, account: 'hr', cutOffs: [] }
    expect(judge(token, 'groups', { ...facts, map: claimAlone }).kind).toBe('fresh')
  },
)

test('rule 16: the tolerance is not added to the lease; control: added, an old word passes', () => {
  const received = { throughMs: 4_000, receiptAgeMs: 0, wallMs: 10_000, toleranceMs: 2_000 }
  expect(isFresh({ ...received, leaseMs: 5_000 })).toBe(false)
  expect(isFresh({ ...received, leaseMs: 5_000 + received.toleranceMs })).toBe(true)
})

test('rule 16: a clock that runs ahead vouches for nothing; control: without an upper bound it does', () => {
  const ahead = { throughMs: 70_000, receiptAgeMs: 0, wallMs: 10_000, leaseMs: 5_000 }
  expect(isFresh({ ...ahead, toleranceMs: 2_000 })).toBe(false)
  expect(isFresh({ ...ahead, toleranceMs: Number.POSITIVE_INFINITY })).toBe(true)
})

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

test('rule 24: a disabled actor is refused; control: the subject judged alone passes', () => {
  const [subject] = token.parties
  const actor = { subject: robot, label: subject.label }
  const delegated = { ...token, parties: [subject, actor] as const }
  const disabled = raised({ kind: 'account', subject: robot }, { e: 1n, offset: 11n })
  const facts = { ...knowing, watermark: disabled }
  expect(judge(delegated, 'groups', facts).kind).toBe('stale')
  expect(judge(token, 'groups', facts).kind).toBe('fresh')
})

test('rule 24: what an actor lost is lost to its tokens; control: the subject judged alone keeps it', () => {
  const [subject] = token.parties
  const delegated = { ...token, parties: [subject, { ...subject, subject: robot }] as const }
  const scope = { kind: 'subject', subject: robot, claim: 'groups' } as const
  const facts = { ...knowing, watermark: raised(scope, { e: 1n, offset: 11n }) }
  expect(judge(delegated, 'groups', facts)).toMatchObject({ kind: 'stale' })
  expect(judge(token, 'groups', facts).kind).toBe('fresh')
})

test('rule 24: a derived claim falls with its parent; control: without `from` it stays', () => {
  const lost = raised({ kind: 'subject', subject: alice, claim: 'groups' }, { e: 1n, offset: 11n })
  const facts = { ...knowing, watermark: lost }
  expect(judge(token, 'children', facts).kind).toBe('stale')
  const alone: ClaimMap = { ...map, claims: new Map([['children', { ...mapped, source: 'hr' }]]) }
  expect(judge(token, 'children', { ...facts, map: alone }).kind).toBe('fresh')
})

test('rule 6: a withdrawn value is not minted; control: without its tombstone it is', () => {
  const version = { epoch: 0n, n: 3n }
  const elements = new Map([['"a"', { value: 'a', version, present: true }]])
  const held = { floor: { epoch: -1n, n: -1n }, elements }
  expect(valuesInForce(held, () => ({ epoch: 0n, n: 5n }))).toEqual([])
  expect(valuesInForce(held)).toEqual(['a'])
})
