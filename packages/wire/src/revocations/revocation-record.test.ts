import type { AccountOp, Revocation } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import { encodeClaimMap, claimMapHash } from '../claim-maps/claim-map-record.ts'
import { decodeRevocation, encodeRevocation } from './revocation-record.ts'

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
const issuer = 'https://tokens.acme.example'
const origin = {
  id: 'rev-1',
  change: 'hr-42',
  tenant: 'acme',
  e: 1n,
  partition: 0,
  occurredAtMs: 1_764_000_000_120,
  issuedAtMs: 1_764_000_000_900,
}
const subject = { tenant: 'acme', iss: 'https://idp.acme.example', sub: 'alice' }
const revocations = {
  subject: {
    ...origin,
    partition: 3,
    scope: 'subject',
    subject,
    claims: new Map([['groups', { offset: 43_118n, values: null }]]),
  },
  tenant: { ...origin, scope: 'tenant', target: 'acme', offset: 9n },
  client: { ...origin, scope: 'client', target: 'web', offset: 9n },
  value: { ...origin, scope: 'value', claim: 'groups', value: 'approvers', offset: 9n },
  key: { ...origin, scope: 'denial', denial: 'key', target: 'k1' },
  token: { ...origin, scope: 'denial', denial: 'token', target: 'at-1' },
  tokenUntil: {
    ...origin,
    scope: 'denial',
    denial: 'token',
    target: 'at-1',
    expMs: 1_795_514_700_000,
  },
} as const satisfies Record<string, Revocation>

function claimsOf(revocation: Revocation): Record<string, unknown> {
  const { value } = encodeRevocation(revocation, { issuer })
  return JSON.parse(Buffer.from(value ?? []).toString()) as Record<string, unknown>
}

describe('a revocation is a Security Event Token', () => {
  it.each(Object.entries(revocations))(
    'has the claims of SSF and no other: %s',
    (_, revocation) => {
      const claims = claimsOf(revocation)
      expect(Object.keys(claims)).toEqual([
        'iss',
        'jti',
        'iat',
        'txn',
        'sub_id',
        'events',
        'freshet',
      ])
      expect(Object.keys(claims['events'] as object)).toHaveLength(1)
      expect(claims).toMatchObject({ iss: issuer, jti: 'rev-1', iat: 1_764_000_000, txn: 'hr-42' })
    },
  )

  it('with null if values are not published, and with the values if they are', () => {
    const uri = `${caep}token-claims-change`
    const claims = new Map([['groups', { offset: 1n, values: ['staff'] }]])
    expect(claimsOf(revocations.subject)).toMatchObject({
      events: { [uri]: { event_timestamp: 1_764_000_000, claims: { groups: null } } },
    })
    expect(claimsOf({ ...revocations.subject, claims })).toMatchObject({
      events: { [uri]: { claims: { groups: ['staff'] } } },
    })
  })

  it.each([
    ['disabled', `${risc}account-disabled`],
    ['enabled', `${risc}account-enabled`],
    ['deleted', `${risc}account-purged`],
    ['sessions-revoked', `${caep}session-revoked`],
    ['credential-changed', `${caep}credential-change`],
    ['credential-compromised', `${risc}credential-compromise`],
  ] as const)('an event of an account that is %s', (op: AccountOp, uri) => {
    const claims = claimsOf({ ...origin, scope: 'account', subject, op, offset: 2n })
    expect(claims).toMatchObject({
      sub_id: { format: 'iss_sub', iss: subject.iss, sub: 'alice' },
      events: { [uri]: { event_timestamp: 1_764_000_000 } },
    })
  })

  it('the subject is the token, or the combination that a cut-off or denial means', () => {
    const opaque = (id: string): object => ({ format: 'opaque', id })
    expect(claimsOf(revocations.token)['sub_id']).toEqual({
      format: 'jwt_id',
      iss: issuer,
      jti: 'at-1',
    })
    expect(claimsOf(revocations.tenant)['sub_id']).toEqual({
      format: 'complex',
      tenant: opaque('acme'),
    })
    expect(claimsOf(revocations.client)['sub_id']).toEqual({
      format: 'complex',
      tenant: opaque('acme'),
      application: opaque('web'),
    })
    expect(claimsOf(revocations.key)['sub_id']).toEqual({
      format: 'complex',
      tenant: opaque('acme'),
      key: opaque('k1'),
    })
    expect(claimsOf(revocations.client)['events']).toHaveProperty([
      `${caep}session-revoked`,
      'reason_admin',
      'en',
    ])
  })

  it('that carries when the denied token expires, in whole seconds and never earlier', () => {
    expect(claimsOf(revocations.tokenUntil)['freshet']).toHaveProperty('exp', 1_795_514_700)
    const odd = { ...revocations.tokenUntil, expMs: 1_795_514_700_001 }
    expect(claimsOf(odd)['freshet']).toHaveProperty('exp', 1_795_514_701)
    expect(claimsOf(revocations.token)['freshet']).not.toHaveProperty('exp')
    const read = decodeRevocation({
      ...encodeRevocation(odd, { issuer }),
      partition: odd.partition,
    })
    expect(read).toEqual({ ...odd, expMs: 1_795_514_701_000 })
  })

  it('that carries no position for a denial (rule 23)', () => {
    expect(claimsOf(revocations.key)['freshet']).not.toHaveProperty('offset')
  })
})

describe('a revocation that this build half understands', () => {
  const changed = (revocation: Revocation, member: object) => {
    const record = encodeRevocation(revocation, { issuer })
    const claims = claimsOf(revocation)
    const value = Buffer.from(
      JSON.stringify({ ...claims, freshet: { ...(claims['freshet'] as object), ...member } }),
    )
    return decodeRevocation({ ...record, value, partition: revocation.partition })
  }

  it('an event in the control partition cuts off its whole tenant at that position', () => {
    const widest = { scope: 'tenant', tenant: 'acme', target: 'acme', offset: 9n, e: 1n }
    expect(changed(revocations.client, { scope: 'org-unit' })).toMatchObject(widest)
    expect(changed(revocations.client, { critical: ['except'] })).toMatchObject(widest)
  })

  it('in a subject partition is unreadable: its offset means nothing to a tenant', () => {
    expect(changed(revocations.subject, { scope: 'device', offset: '7' })).toBeUndefined()
  })

  it('is read as ever with members that are unknown and not critical', () => {
    expect(changed(revocations.client, { colour: 'green' })).toEqual(revocations.client)
  })

  it('counts in its own partition only', () => {
    const record = encodeRevocation(revocations.client, { issuer })
    expect(decodeRevocation({ ...record, partition: 1 })).toBeUndefined()
  })
})

it('a claim map has one hash, whatever the order in which its entries were written (rule 21)', () => {
  const claim = {
    source: 'hr',
    kind: 'authoritative',
    onUnverified: 'deny',
    polarity: 'grant',
    from: [],
  } as const
  const map = (names: readonly string[]) => ({
    version: 1,
    account: 'hr',
    cutOffs: ['security'],
    leasesMs: new Map(names.map((name) => [name, 5000])),
    claims: new Map(names.map((name) => [name, claim])),
  })
  expect(claimMapHash(map(['b', 'a', '7']))).toBe(claimMapHash(map(['7', 'a', 'b'])))
  expect(claimMapHash(map(['a', 'b']))).not.toBe(claimMapHash({ ...map(['a', 'b']), cutOffs: [] }))
  expect(encodeClaimMap(map(['a'])).hash).toBe(claimMapHash(map(['a'])))
})
