import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { check } from './edge.ts'
import { sourceOf } from './source.ts'
import { canRun, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint } from './token.ts'

const STALE_WITHIN_MS = 10_000
const OBSERVED = 'observe until 2099-12-31'
const require = { groups: ['payments-approvers'] }

describe.runIf(canRun)('a route that is observed, on the real parts', () => {
  let stack: TestStack
  let token: string

  /** As a proxy asks before it lets a request through. */
  const forwarded = (more = ''): Promise<Response> =>
    fetch(new URL(`/authz/generic?require.groups=payments-approvers${more}`, stack.at.sidecar), {
      headers: { authorization: `Bearer ${token}` },
    })

  beforeAll(async () => {
    stack = await startTestStack()
    const hr = sourceOf(stack, 'hr')
    const about = { subject: 'alice', claim: 'groups' } as const
    const granted = ['payments-approvers', 'staff']
    await recorded(stack, await hr.send({ ...about, op: 'set', value: granted }))
    token = await mint(stack, 'alice')
    await hr.send({ ...about, op: 'remove', value: 'payments-approvers' })
    await until('the token is stale', STALE_WITHIN_MS, async () => {
      const { claims } = await check(stack, { token, require })
      return claims['groups']?.verdict === 'stale' ? true : undefined
    })
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  it('lets a stale token in by the word of the proxy, and tells it what it would have said', async () => {
    const response = await forwarded(`&enforce=${encodeURIComponent(OBSERVED)}`)
    expect([response.status, response.headers.get('x-freshet-observed')]).toEqual([
      200,
      'token.stale',
    ])
  })

  it('lets it in by the word of the service, with the verdict', async () => {
    expect(await check(stack, { token, require, enforce: OBSERVED })).toMatchObject({
      decision: 'allow',
      observed: true,
      would: { decision: 'deny', status: 401, code: 'token.stale' },
      claims: { groups: { verdict: 'stale' } },
    })
  })

  it('counts both', async () => {
    const metrics = await (await fetch(new URL('/metrics', stack.at.sidecar))).text()
    expect(metrics).toContain('freshet_observed_total{would="deny",reason="stale"} 2')
  })

  it('control: a route that is not observed, and a day that is over, refuse the same token', async () => {
    expect((await forwarded()).status).toBe(401)
    const enforce = 'observe until 2026-01-31'
    expect(await check(stack, { token, require, enforce })).toMatchObject({
      decision: 'deny',
      code: 'token.stale',
    })
  })
})
