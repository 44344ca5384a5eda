import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { askAuthority } from './authority.ts'
import { check, expectAllowed } from './edge.ts'
import { sidecarWithRoutes, type SidecarWithRoutes } from './sidecar-with-routes.ts'
import { sourceOf } from './source.ts'
import { canRun, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint } from './token.ts'

const STALE_WITHIN_MS = 20_000
const require = { groups: ['payments-approvers'] }
const ignores = ['holds']
const STALE = { decision: 'deny', status: 401, code: 'token.stale' }

describe.runIf(canRun)('a restriction that a source adds, on the real parts,', () => {
  let stack: TestStack
  let routes: SidecarWithRoutes
  /** It was minted while alice had no hold. */
  let token: string

  beforeAll(async () => {
    stack = await startTestStack((registry) => {
      registry.setIn(['claims', 'holds'], {
        source: 'iga',
        owner: 'iga-team',
        description: 'What a subject is kept from.',
        kind: 'authoritative',
        shape: 'set',
        polarity: 'restrict',
        class: 'reduce',
        maxTtl: '5m',
      })
      registry.setIn(['audiences', 'payments', 'claims'], ['groups', 'entitlements', 'holds'])
      const of = ['audiences', 'payments', 'routes']
      registry.setIn([...of, 'GET /approve'], { require })
      registry.setIn([...of, 'GET /ignored'], { require, ignores })
      registry.setIn([...of, 'GET /risky'], { require, risk: 'high' })
      registry.setIn([...of, 'GET /risky-ignored'], { require, risk: 'high', ignores })
    })
    routes = await sidecarWithRoutes(stack)
    const set = { op: 'set', subject: 'alice' } as const
    const groups = await sourceOf(stack, 'hr').send({
      ...set,
      claim: 'groups',
      value: require.groups,
    })
    await recorded(stack, groups)
    token = await mint(stack, 'alice')
  })
  afterAll(async () => {
    await routes?.process.stop()
    await stack?.stop()
    expect(stack?.deaths).toEqual([])
  })

  const introspected = async (): Promise<unknown> =>
    (await askAuthority(stack, '/oauth/introspect', 'payments-api', { token })).body

  it('control: before it, every route, the authority and introspection allow', async () => {
    for (const target of ['/approve', '/ignored', '/risky', '/risky-ignored'])
      await routes.untilAnswers(200, token, target)
    for (const sidecar of SIDECARS) await expectAllowed(stack, { token, require }, sidecar)
    expect(await evaluated(stack, token)).toMatchObject({ decision: true })
    expect(await introspected()).toMatchObject({ active: true })
  })

  it('refuses each request with the older token, which names other claims or none', async () => {
    const held = { op: 'add', subject: 'alice', claim: 'holds', value: 'payments' } as const
    await recorded(stack, await sourceOf(stack, 'iga').send(held))
    for (const sidecar of SIDECARS)
      await until(`stale at ${sidecar}`, STALE_WITHIN_MS, async () =>
        (await check(stack, { token, require }, sidecar)).status === 401 ? true : undefined,
      )
    expect(await check(stack, { token, require })).toMatchObject(STALE)
    expect(await check(stack, { token, require: {} })).toMatchObject(STALE)
    expect(await check(stack, { token })).toMatchObject(STALE)
    expect(await check(stack, { token, require, risk: 'high' })).toMatchObject(STALE)
    for (const target of ['/approve', '/risky']) await routes.untilAnswers(401, token, target)
  })

  it('control: it binds no route that ignores it', async () => {
    await expectAllowed(stack, { token, require, ignores })
    for (const target of ['/ignored', '/risky-ignored'])
      expect(await routes.ask(token, target)).toBe(200)
  })

  it('makes the token inactive, and counts where the authority is asked about other claims', async () => {
    const stale = { verdict: 'stale', reason: 'claim-changed' }
    expect(await introspected()).toMatchObject({
      active: false,
      freshet: { claims: { holds: stale } },
    })
    expect(await evaluated(stack, token)).toMatchObject({
      decision: false,
      context: { claims: { holds: stale } },
    })
    expect(await evaluated(stack, token, ignores)).toMatchObject({ decision: true })
  })

  it('is in the next token, which is fresh: the service reads the value', async () => {
    const next = await mint(stack, 'alice')
    await expectAllowed(stack, { token: next, require })
    const [, payload = ''] = next.split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      holds: ['payments'],
    })
  })
})

/** Asks the authority directly, as a decision point of another vendor does, about groups alone. */
async function evaluated(
  stack: TestStack,
  token: string,
  ignored?: readonly string[],
): Promise<unknown> {
  const { id, secret } = stack.describe().clients['payments-api'] ?? { id: '', secret: '' }
  const response = await fetch(new URL('/access/v1/evaluation', stack.at.authority), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    },
    body: JSON.stringify({
      subject: { type: 'user', id: 'alice' },
      action: { name: 'use-claims', ...(ignored && { properties: { ignores: ignored } }) },
      resource: { type: 'audience', id: 'payments' },
      context: { token, claims: ['groups'] },
    }),
  })
  return response.json()
}
