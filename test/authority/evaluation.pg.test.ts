import { partitionOf, scopeKey } from '@freshet/protocol'
import { encodeEvaluation, type Evaluation } from '@freshet/wire'
import { signToken } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  alice,
  authorityWorld,
  basic,
  ISSUER,
  payloadOf,
  tokenOf,
  type Answer,
  type AuthorityWorld,
} from './authority-world.ts'

/** Every partition of the world is recorded up to offset 5. */
const HERE = partitionOf(alice)
const FRESH = { verdict: 'fresh' }

let world: AuthorityWorld
let token: string
beforeAll(async () => {
  world = await authorityWorld()
})
afterAll(() => world.drop())
beforeEach(async () => {
  await world.reset()
  token = tokenOf(await world.exchange())
})

type Sent = Partial<Evaluation> & { readonly raw?: unknown }
async function evaluate(
  { raw, ...more }: Sent = {},
  headers: Readonly<Record<string, string>> = basic('payments-api'),
): Promise<Answer> {
  const question = { subject: 'alice', audience: 'payments', token, positions: [], ...more }
  const body = raw ?? encodeEvaluation({ claims: ['groups'], ...question })
  const response = await world.app.request('/access/v1/evaluation', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { response, body: (await response.json()) as Answer['body'] }
}
const at = (partition: number, offset: bigint, e = 1n) => ({ partition, e, offset })

describe('POST /access/v1/evaluation', () => {
  test('allows what is fresh at the primary, by the token that it names', async () => {
    const { response, body } = await evaluate({ positions: [at(HERE, 5n), at(0, 5n)] })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { jti } = payloadOf(token)
    expect(body).toEqual({
      decision: true,
      context: { jti, tenant: 'acme', claims: { groups: FRESH } },
    })
  })

  test('denies from the commit of a change on, naming it', async () => {
    const scope = scopeKey({ kind: 'subject', subject: alice, claim: 'groups' })
    await world.run(
      `insert into watermark (scope_key, tenant, partition, e, position, source, change, time_ms, raised_at_ms)
       values ($1, 'acme', $2, 1, 6, 'hr', 'c9', 0, 0)`,
      [scope, HERE],
    )
    const stale = { verdict: 'stale', reason: 'claim-changed', change: 'c9' }
    expect((await evaluate()).body).toMatchObject({
      decision: false,
      context: { claims: { groups: stale } },
    })
  })

  const behind = { verdict: 'unverified', source: 'freshet', reason: 'authority-behind' }
  test.each([
    ['in the subject’s partition', [at(HERE, 6n)]],
    ['in the control partition', [at(HERE, 5n), at(0, 6n)]],
    ['by a later incarnation', [at(HERE, 0n, 2n)]],
  ])('rule 40: denies who has read further %s', async (_, positions) => {
    expect((await evaluate({ positions })).body).toMatchObject({
      decision: false,
      context: { claims: { groups: behind } },
    })
  })

  test('rule 40: denies where the database was put back to before the token', async () => {
    await world.run('update progress set next_offset = 4')
    expect((await evaluate()).body).toMatchObject({
      decision: false,
      context: { claims: { groups: behind } },
    })
  })

  test('calls a token invalid that a failover lost', async () => {
    await world.run('delete from token')
    expect((await evaluate()).body).toMatchObject({
      decision: false,
      context: { code: 'token.invalid' },
    })
  })

  test('calls a token invalid that a stolen key signed, under an id that is known', async () => {
    const signed = (more: object): string =>
      signToken(
        { alg: 'ES256', kid: 'k1', typ: 'at+jwt' },
        { ...payloadOf(token), ...more },
        world.tokenKey,
      )
    const decided = async (forged: string) => (await evaluate({ token: forged })).body
    expect(await decided(signed({}))).toMatchObject({ decision: true })
    const label = { ...(payloadOf(token)['freshet'] as object), s: '9' }
    for (const more of [{ groups: ['a', 'admins'] }, { freshet: label }, { jti: 'j1' }])
      expect(await decided(signed(more))).toMatchObject({ context: { code: 'token.invalid' } })
  })

  test('cannot be had from a source that is silent (rule 22)', async () => {
    await world.run(`update feed set through_ms = 1 where source = 'hr'`)
    expect((await evaluate()).body).toMatchObject({
      decision: false,
      context: { claims: { groups: { verdict: 'unverified', source: 'hr' } } },
    })
  })

  test('answers each of many questions for itself', async () => {
    const answers = await Promise.all(
      [0n, 9n, 0n, 9n].map((offset) => evaluate({ positions: [at(HERE, offset)] })),
    )
    expect(answers.map(({ body }) => body['decision'])).toEqual([true, false, true, false])
  })
})

describe('a request that is no question, or that the client must not ask,', () => {
  test('is refused to who does not prove who it is, with a challenge', async () => {
    const { response, body } = await evaluate({}, basic('payments-api', 'no'))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="freshet"')
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(body).toMatchObject({ code: 'request.unauthenticated' })
  })

  test('is refused to who is no resource server of the audience', async () => {
    const { response, body } = await evaluate({}, basic('web'))
    expect([response.status, body['code']]).toEqual([403, 'request.forbidden'])
  })

  test('is a problem that names the place (AuthZEN 1.0: 400)', async () => {
    const { response, body } = await evaluate({ raw: { subject: { type: 'user', id: 'alice' } } })
    expect(response.status).toBe(400)
    expect(body).toMatchObject({ code: 'request.malformed' })
    const places = (body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)
    expect(places).toEqual(expect.arrayContaining(['/action', '/resource']))
  })

  test('is denied where it is about something else', async () => {
    const wire = encodeEvaluation({ subject: 'alice', audience: 'payments', token, positions: [] })
    const { response, body } = await evaluate({ raw: { ...wire, action: { name: 'delete' } } })
    expect([response.status, body]).toEqual([200, { decision: false, context: {} }])
  })

  test('is 413 beyond 32 KiB, and 415 where it is no JSON', async () => {
    const large = await evaluate({ raw: `{"x":"${'x'.repeat(33_000)}"}` })
    expect([large.response.status, large.body['code']]).toEqual([413, 'request.too-large'])
    const form = { ...basic('payments-api'), 'content-type': 'application/x-www-form-urlencoded' }
    expect((await evaluate({}, form)).response.status).toBe(415)
  })

  test('is 500 without the cause if the database is not ours', async () => {
    await world.run('alter table progress rename to progress_away')
    try {
      expect((await evaluate()).response.status).toBe(500)
    } finally {
      await world.run('alter table progress_away rename to progress')
    }
  })
})

test('the request’s id is echoed, unless it is none (AuthZEN 1.0)', async () => {
  const echoed = async (id: string): Promise<string | null> => {
    const { response } = await evaluate({}, { ...basic('payments-api'), 'x-request-id': id })
    return response.headers.get('x-request-id')
  }
  expect(await echoed('bfe9eb29-ab87')).toBe('bfe9eb29-ab87')
  expect(await echoed('x'.repeat(129))).toBeNull()
})

test('metadata names where to ask, beside the issuer (AuthZEN 1.0 §9)', async () => {
  const response = await world.app.request('/.well-known/authzen-configuration')
  expect(await response.json()).toEqual({
    policy_decision_point: ISSUER,
    access_evaluation_endpoint: `${ISSUER}/access/v1/evaluation`,
  })
})
