import {
  partitionOf,
  type ClaimMap,
  type MappedIssuer,
  type Revocation,
  type Verdict,
} from '@freshet/protocol'
import { generateKey, importSigningKey, type NamedJwk, type SigningKey } from '@freshet/wire'
import {
  ALICE,
  edgesIn,
  edgeWorld,
  foreignIssuer,
  originInWorld,
  signToken,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from './edge.ts'

const HERS = partitionOf(ALICE)
const MARGIN_MS = 5_000
const FRESH = { kind: 'fresh', basis: 'time' }
let own: { readonly signing: SigningKey; readonly publicJwk: NamedJwk }
let stranger: SigningKey
let world: EdgeWorld
let edges: EdgesIn

beforeAll(async () => {
  const { privateJwk, publicJwk } = await generateKey('ES256', 'sts-1')
  own = { signing: importSigningKey(privateJwk), publicJwk }
  stranger = importSigningKey((await generateKey('ES256', 'sts-1')).privateJwk)
})

beforeEach(async () => {
  world = await edgeWorld()
  world.map = mapWith(world.map)
  world.foreignSinceMs = world.clock.nowMs() - 3_600_000
  edges = edgesIn(world)
})

afterEach(async () => {
  await edges.closeAll()
})

function mapWith(map: ClaimMap, more: Partial<MappedIssuer> = {}): ClaimMap {
  const { name: _name, keys: _keys, issuances: _issuances, ...terms } = foreignIssuer()
  const issuer = { ...terms, keys: [own.publicJwk], ...more }
  return { ...map, issuers: new Map([[issuer.issuer, issuer]]) }
}

interface Plan {
  readonly header?: object
  readonly claims?: object
  readonly key?: SigningKey
}

let jti = 0
function foreign({ header, claims, key = own.signing }: Plan = {}): string {
  const iat = Math.floor(world.clock.nowMs() / 1_000)
  jti += 1
  const identity = { iss: foreignIssuer().issuer, sub: ALICE.sub, aud: 'payments', jti: `f${jti}` }
  const times = { iat, exp: iat + 300 }
  return signToken(
    { typ: 'JWT', alg: 'ES256', kid: 'sts-1', ...header },
    { ...identity, ...times, roles: ['payments-approvers'], sid: 's1', azp: 'partner', ...claims },
    key,
  )
}

async function verdictOf(edge: Edge, jwt: string, claim = 'groups'): Promise<Verdict> {
  return (await edge.verify(jwt, { uses: [claim] })).verdict
}

/** Publishes a revocation with times alone, as for a statement that removed nothing from our copy. */
async function publishTime(change: string, timeMs = world.clock.nowMs()): Promise<void> {
  const origin = originInWorld(change, HERS, world.e, world.clock.nowMs())
  const timesMs = new Map([['groups', timeMs]])
  const revocation: Revocation = {
    ...origin,
    scope: 'subject',
    subject: ALICE,
    claims: new Map(),
    timesMs,
  }
  await world.publish(HERS, [revocation])
  await world.clock.advance(0)
}

describe('a foreign token', () => {
  it('is read by our names, fresh by time, and lets in what its claims allow', async () => {
    const edge = await edges.live()
    const token = foreign()
    const { claims, verdict, verdicts } = await edge.verify(token)
    expect([verdict, [...verdicts]]).toEqual([FRESH, [['groups', FRESH]]])
    expect(new Map(claims.token.claims)).toEqual(new Map([['groups', ['payments-approvers']]]))
    expect(claims.token.parties[0].subject).toEqual(ALICE)
    const require = { groups: ['payments-approvers'] }
    expect(await edge.decide({ token, require })).toMatchObject({ decision: 'allow' })
    expect(await edge.decide({ token, require: { groups: ['x'] } })).toMatchObject({ status: 403 })
  })

  it('is refused by time: issued up to the margin after a statement, whatever that took', async () => {
    const edge = await edges.live()
    const ours = world.token()
    const before = foreign()
    expect(await verdictOf(edge, before)).toEqual(FRESH)
    await publishTime('hr-42')
    const stale = { kind: 'stale', reason: 'claim-changed', change: 'hr-42', basis: 'time' }
    const sinceMs = world.clock.nowMs()
    expect(await verdictOf(edge, before)).toEqual({ ...stale, sinceMs })
    await world.liveFor(MARGIN_MS)
    expect(await verdictOf(edge, foreign())).toEqual(stale)
    await world.liveFor(1_000)
    expect(await verdictOf(edge, foreign())).toEqual(FRESH)
    const require = { groups: ['payments-approvers'] }
    expect(await edge.decide({ token: before, require })).toMatchObject({ status: 401 })
    // A token of ours has a label, which knows that nothing was lost.
    expect(await verdictOf(edge, ours)).toEqual({ kind: 'fresh' })
  })

  it('is judged by the latest time, in whatever order times come, and by each edge that starts', async () => {
    await edges.live()
    const token = foreign()
    await publishTime('hr-43')
    await publishTime('hr-42', world.clock.nowMs() - 60_000)
    const another = await edges.live()
    expect(await verdictOf(another, token)).toMatchObject({ kind: 'stale', change: 'hr-43' })
  })

  it.each<readonly [string, number, object, string]>([
    ['account', 0, { subject: ALICE, op: 'disabled', offset: 5n }, 'account'],
    ['value', 0, { claim: 'groups', value: 'payments-approvers', offset: 5n }, 'value-withdrawn'],
    ['tenant', 0, { target: 'acme', offset: 5n }, 'tenant-cut-off'],
    ['client', 0, { target: 'partner', offset: 5n }, 'client-cut-off'],
  ])('goes stale with its %s', async (scope, partition, members, reason) => {
    const edge = await edges.live()
    const token = foreign()
    const origin = originInWorld('o1', partition, world.e, world.clock.nowMs())
    const revocation = { ...origin, scope, ...members, timeMs: world.clock.nowMs() }
    await world.publish(partition, [revocation as Revocation])
    await world.clock.advance(0)
    expect(await verdictOf(edge, token)).toMatchObject({ kind: 'stale', reason, basis: 'time' })
  })

  it.each([
    ['key', 'sts-1'],
    ['issuer', foreignIssuer().issuer],
    ['session', 's1'],
  ] as const)('is denied by its %s', async (denial, target) => {
    const edge = await edges.live()
    const token = foreign()
    const origin = originInWorld('d1', 0, world.e, world.clock.nowMs())
    await world.publish(0, [{ ...origin, scope: 'denial', denial, target }])
    await world.clock.advance(0)
    expect(await verdictOf(edge, token)).toMatchObject({ reason: `${denial}-denied` })
  })

  it('is unverified while the source of a claim is silent, beyond its lease', async () => {
    const edge = await edges.live()
    await world.liveFor(8_000, { through: { hr: world.clock.nowMs() } })
    const verdict = { kind: 'unverified', source: 'hr', basis: 'time' }
    expect(await verdictOf(edge, foreign())).toMatchObject(verdict)
  })

  it('is unverified in a claim that its issuer does not give, which is not empty by that', async () => {
    const edge = await edges.live()
    expect(await verdictOf(edge, foreign(), 'entitlements')).toMatchObject({
      kind: 'unverified',
      reason: 'omitted-unverified',
    })
  })

  it('is stale if it was issued before times were published, and unverified without a first time', async () => {
    const edge = await edges.live()
    const token = foreign()
    world.foreignSinceMs = world.clock.nowMs()
    world.map = { ...world.map, version: 2 }
    await world.announce(world.map)
    await world.liveFor(1_000, { partitions: [0] })
    expect(await verdictOf(edge, token)).toMatchObject({ kind: 'stale', reason: 'policy-version' })
    await world.liveFor(6_000, { partitions: [0] })
    // Her own partition still names the version before.
    expect(await verdictOf(edge, foreign())).toMatchObject({ kind: 'unverified' })
    await world.liveFor(1_000)
    expect(await verdictOf(edge, foreign())).toEqual(FRESH)
  })

  it('is judged by time alone if too many times were published to hold them', async () => {
    const edge = await edges.live({ limits: { watermarks: 1 } })
    await publishTime('hr-1', world.clock.nowMs() - 60_000)
    const bob = { ...ALICE, sub: 'bob' }
    const origin = originInWorld('hr-2', partitionOf(bob), world.e, world.clock.nowMs())
    const timesMs = new Map([['groups', world.clock.nowMs()]])
    const revocation: Revocation = {
      ...origin,
      scope: 'subject',
      subject: bob,
      claims: new Map(),
      timesMs,
    }
    await world.publish(partitionOf(bob), [revocation])
    await world.clock.advance(0)
    expect(await verdictOf(edge, foreign())).toMatchObject({ kind: 'unverified' })
    expect(await verdictOf(edge, world.token())).toEqual({ kind: 'fresh' })
  })

  it('ends a live session when a time is published', async () => {
    const edge = await edges.live()
    const { claims } = await edge.verify(foreign())
    const signal = edge.signal(claims)
    expect(signal.aborted).toBe(false)
    await publishTime('hr-42')
    await world.clock.advance(200)
    expect(signal.reason).toMatchObject({ code: 'token.stale' })
  })

  it('is never allowed where the authority alone decides', async () => {
    const validator = { validate: () => Promise.reject(new Error('must not be asked')) }
    const edge = await edges.live({ validator })
    const token = foreign()
    const decision = await edge.decide({ token, require: { groups: [] }, risk: 'high' })
    expect(decision).toMatchObject({ decision: 'deny', status: 503 })
    expect(decision.detail).toMatch(/another issuer/)
  })
})

describe('a foreign token is verified as strictly as one of ours', () => {
  const refuses = async (jwt: string, rule: RegExp, audience?: string): Promise<void> => {
    const edge = await edges.live()
    const options = audience === undefined ? {} : { audience }
    await expect(edge.verify(jwt, options)).rejects.toMatchObject({
      code: 'token.invalid',
      message: expect.stringMatching(rule) as string,
    })
  }
  const nowS = (): number => Math.floor(world.clock.nowMs() / 1_000)

  it.each<readonly [string, () => Plan, RegExp]>([
    ['a signature by another key of the same name', () => ({ key: stranger }), /signature/],
    ['a kid that the map does not have', () => ({ header: { kid: 'sts-2' } }), /kid/],
    ['another algorithm', () => ({ header: { alg: 'RS256' } }), /kid/],
    ['no algorithm', () => ({ header: { alg: 'none' } }), /alg/],
    ['no typ', () => ({ header: { typ: undefined } }), /typ/],
    ['a typ of something else', () => ({ header: { typ: 'logout+jwt' } }), /typ/],
    [
      'a header member that is not accepted',
      () => ({ header: { nonce: 'x' } }),
      /no header member/,
    ],
    ['an audience that is not this one', () => ({ claims: { aud: 'other' } }), /aud/],
    ['no id', () => ({ claims: { jti: undefined } }), /jti/],
    ['no subject', () => ({ claims: { sub: '' } }), /sub/],
    ['an actor, whom nothing judges', () => ({ claims: { act: { sub: 'x' } } }), /act/],
    ['a life beyond its terms', () => ({ claims: { exp: nowS() + 301 } }), /life/],
    ['a time to come', () => ({ claims: { iat: nowS() + 30 } }), /iat/],
    ['a time in fractions', () => ({ claims: { iat: nowS() - 0.5 } }), /iat/],
    ['no time of issue', () => ({ claims: { iat: undefined } }), /iat/],
    ['a claim that is no value', () => ({ claims: { roles: [{ a: 1 }] } }), /values/],
  ])('refuses %s', async (_what, plan, rule) => {
    await refuses(foreign(plan()), rule)
  })

  it('refuses an expired one', async () => {
    await refuses(foreign({ claims: { iat: nowS() - 20, exp: nowS() - 10 } }), /exp/)
  })

  it('refuses one at an audience that does not accept its issuer', async () => {
    await refuses(foreign({ claims: { aud: ['payments', 'directory'] } }), /accepts/, 'directory')
  })

  it('refuses one of an undeclared issuer', async () => {
    await refuses(foreign({ claims: { iss: 'https://elsewhere.example' } }), /typ at\+jwt/)
  })

  it('asks for RFC 9068 where that is declared', async () => {
    world.map = mapWith(world.map, { rfc9068: true })
    await refuses(foreign(), /typ at\+jwt/)
    await refuses(foreign({ header: { typ: 'at+jwt' } }), /client_id/)
    const edge = await edges.live()
    const whole = foreign({ header: { typ: 'at+jwt' }, claims: { client_id: 'partner' } })
    expect(await verdictOf(edge, whole)).toEqual(FRESH)
  })

  it('never takes its terms for those of our own issuer', async () => {
    const ours = world.token({ header: { typ: 'JWT' } })
    world.map = mapWith(world.map, { issuer: 'https://tokens.acme.example' })
    await refuses(ours, /typ at\+jwt/)
  })

  it('is accepted no more, though it was seen, when its issuer leaves the map', async () => {
    const edge = await edges.live()
    const token = foreign()
    const { claims } = await edge.verify(token)
    const { issuers: _, ...without } = world.map
    world.map = { ...without, version: 2 }
    await world.announce(world.map)
    await world.liveFor(1_000)
    await expect(edge.verify(token)).rejects.toMatchObject({ code: 'token.invalid' })
    expect(edge.judge(claims)).toMatchObject({ kind: 'unverified', basis: 'time' })
  })

  it('is accepted with claims that a library has verified, by the same rules', async () => {
    const edge = await edges.live()
    const [header, payload] = foreign()
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object)
    const { jti: check } = edge.validators()
    const isAccepted = async (head: object): Promise<boolean> =>
      check('f', payload as Record<string, unknown>, head as Record<string, unknown>)
    expect(await isAccepted(header ?? {})).toBe(true)
    expect(await isAccepted({ ...header, x5t: 'x' })).toBe(true)
    expect(await isAccepted({ ...header, nonce: 'x' })).toBe(false)
    expect(await isAccepted({ ...header, kid: 'sts-2' })).toBe(false)
    expect(await isAccepted({ ...header, typ: 'logout+jwt' })).toBe(false)
  })
})

describe('the subject of a foreign token', () => {
  const spelled = (sub: string): string => foreign({ claims: { sub } })

  it('is refused in a spelling that its issuer does not declare, and counted', async () => {
    const { iss, sub } = foreignIssuer().subjects
    world.map = mapWith(world.map, { subjects: { iss, sub, pattern: '[a-z0-9-]+' } })
    const edge = await edges.live()
    expect((await edge.verify(spelled('alice'))).verdict).toEqual(FRESH)
    for (const other of ['ALICE', 'alic\u0065\u0301', 'alice ', 'alice@acme'])
      await expect(edge.verify(spelled(other))).rejects.toThrow(/the form that its issuer declares/)
    expect(edge.stats().foreignSubjects).toEqual({ declared: 1, undeclared: 0, other: 4 })
  })
})
