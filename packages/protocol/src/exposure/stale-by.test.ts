import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClaimMap } from '../claims/claim-map.ts'
import { judge } from '../judge/judge.ts'
import type { Knowledge } from '../judge/knowledge.ts'
import type { AppliedRevocation } from '../changes/revocation.ts'
import { denialKey, scopeKey, type ClaimValue, type Scope } from '../scope/scope.ts'
import { isStaleBy } from './stale-by.ts'
import type { JudgedToken } from '../judge/token.ts'

const names = fc.constantFrom('a', 'b')
const subject = fc.record({ tenant: names, iss: fc.constant('idp'), sub: names })
const small = fc.bigInt({ min: 0n, max: 3n })
const smallMs = fc.nat(3)
const claim = fc.constantFrom('groups', 'roles', 'teams', 'shown')
const value = fc.constantFrom('x', 1, true)

const mapped = { source: 'hr', onUnverified: 'deny', polarity: 'grant', from: [] } as const
const map: ClaimMap = {
  version: 1,
  account: 'hr',
  cutOffs: [],
  leasesMs: new Map(),
  claims: new Map([
    ['groups', { ...mapped, kind: 'authoritative' }],
    ['roles', { ...mapped, kind: 'authoritative' }],
    ['teams', { ...mapped, kind: 'authoritative', from: ['groups'] }],
    ['shown', { ...mapped, kind: 'descriptive' }],
  ]),
}

const label = fc.record({ e: small, s: small, c: small })
const party = fc.record({ subject, label })
const token: fc.Arbitrary<JudgedToken> = fc
  .record({
    tenant: names,
    issuer: names,
    kid: names,
    jti: names,
    sid: names,
    client: names,
    pv: fc.constant(1),
    parties: fc.tuple(party, party),
    isDelegated: fc.boolean(),
    claims: fc.dictionary(claim, fc.uniqueArray(value), { maxKeys: 3 }),
    byTime: fc.option(fc.record({ issuedAtMs: smallMs, marginMs: smallMs }), { nil: undefined }),
  })
  .map(({ isDelegated, parties: [one, other], claims, byTime, ...rest }) => ({
    ...rest,
    parties: isDelegated ? [one, other] : [one],
    claims: new Map(Object.entries(claims)),
    ...(byTime === undefined ? {} : { byTime }),
  }))

const origin = { e: small, tenant: names, change: fc.constant('c1'), partition: fc.constant(0) }
const known = { ...origin, occurredAtMs: fc.constant(1) }
const timed = { offset: small, timeMs: smallMs }
const revocation: fc.Arbitrary<AppliedRevocation> = fc.oneof(
  fc.record({
    ...known,
    scope: fc.constant('subject' as const),
    subject,
    claims: fc
      .dictionary(claim, small)
      .map((all) => new Map(Object.entries(all).map(([name, offset]) => [name, { offset }]))),
    timesMs: fc.dictionary(claim, smallMs).map((all) => new Map(Object.entries(all))),
  }),
  fc.record({ ...known, ...timed, scope: fc.constant('account' as const), subject }),
  fc.record({ ...known, ...timed, scope: fc.constant('value' as const), claim, value }),
  fc.record({
    ...known,
    ...timed,
    scope: fc.constantFrom('tenant' as const, 'client' as const),
    target: names,
  }),
  fc.record({
    ...known,
    scope: fc.constant('denial' as const),
    denial: fc.constantFrom(
      'key' as const,
      'issuer' as const,
      'session' as const,
      'token' as const,
    ),
    target: names,
  }),
)

/** Knows of one revocation, and of nothing else. */
function knowingOf(only: AppliedRevocation): Knowledge {
  const raised = new Map(scopesIn(only).map(([scope, ...at]) => [scopeKey(scope), at]))
  return {
    map,
    minimumPv: 0,
    incarnation: () => undefined,
    watermark(scope) {
      const offset = raised.get(scopeKey(scope))?.[0]
      return offset === undefined ? undefined : { position: { e: only.e, offset } }
    },
    denial(wanted) {
      if (only.scope !== 'denial') return undefined
      const { tenant, denial: kind, target: id } = only
      return denialKey(wanted) === denialKey({ tenant, kind, id }) ? {} : undefined
    },
    trust: () => ({ fresh: false }),
    times: {
      sinceMs: () => undefined,
      latest(scope) {
        const timeMs = raised.get(scopeKey(scope))?.[1]
        return timeMs === undefined ? undefined : { timeMs }
      },
    },
  }
}

type At = readonly [Scope, bigint | undefined, number | undefined]

function scopesIn(only: AppliedRevocation): readonly At[] {
  if (only.scope === 'denial') return []
  if (only.scope === 'subject') {
    const all = new Set([...only.claims.keys(), ...(only.timesMs?.keys() ?? [])])
    return [...all].map((name) => [
      { kind: 'subject', subject: only.subject, claim: name },
      only.claims.get(name)?.offset,
      only.timesMs?.get(name),
    ])
  }
  const { tenant, offset, timeMs } = only
  switch (only.scope) {
    case 'account':
      return [[{ kind: 'account', subject: only.subject }, offset, timeMs]]
    case 'value':
      return [[{ kind: 'value', tenant, claim: only.claim, value: only.value }, offset, timeMs]]
    case 'tenant':
      return [[{ kind: 'tenant', tenant: only.target }, offset, timeMs]]
    case 'client':
      return [[{ kind: 'client', tenant, client: only.target }, offset, timeMs]]
  }
}

test('a token is stale by a revocation exactly where the judge with that revocation alone finds it', () => {
  let stale = 0
  fc.assert(
    fc.property(token, fc.array(claim, { maxLength: 2 }), revocation, (judged, claims, only) => {
      const knowledge = knowingOf(only)
      const expected = claims.some((name) => judge(judged, name, knowledge).kind === 'stale')
      const carries = (name: string, each: ClaimValue): boolean =>
        judged.claims.get(name)?.includes(each) === true
      if (claims.length > 0)
        expect(isStaleBy({ token: judged, claims, carries }, only, map)).toBe(expected)
      if (expected) stale += 1
    }),
    { numRuns: 5_000 },
  )
  expect(stale).toBeGreaterThan(200)
})
