import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP } from '../../packages/cli/src/stack/workspace.ts'
import { askAuthority } from './authority.ts'
import { check } from './edge.ts'
import { sourceOf } from './source.ts'
import { canRun, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { groupsOf, mint } from './token.ts'

const STALE_WITHIN_MS = 7_000
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

describe.runIf(canRun)('a service that hands on the token that it was called with', () => {
  let stack: TestStack
  const say = async (subject: string, op: string, ...value: readonly string[]): Promise<string> => {
    const id = await sourceOf(stack, 'hr').send({ op, subject, claim: 'groups', value })
    await recorded(stack, id)
    return id
  }
  const exchange = (token: string) =>
    askAuthority(stack, '/oauth/token', 'payments-api', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: ACCESS_TOKEN,
      audience: 'payments',
    })

  beforeAll(async () => {
    stack = await startTestStack((registry) => {
      registry.setIn(['clients', 'payments-api', 'subject'], { iss: DEV_IDP, sub: 'payments' })
      registry.setIn(['clients', 'payments-api', 'audiences'], ['payments'])
    })
    await say('alice', 'set', 'a', 'b')
    await say('payments', 'set', 'b', 'c')
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  it('has what both may, until one of them loses it, and never acts for itself (rule 24)', async () => {
    const own = await mint(stack, 'alice')
    const { status, body } = await exchange(own)
    expect(body).toMatchObject({ issued_token_type: ACCESS_TOKEN })
    expect(status).toBe(200)
    const token = String(body['access_token'])
    expect([groupsOf(own), groupsOf(token)]).toEqual([['a', 'b'], ['b']])

    const require = { groups: ['b'] }
    for (const sidecar of SIDECARS) {
      expect(await check(stack, { token, require }, sidecar)).toMatchObject({ decision: 'allow' })
      const more = { token, require: { groups: ['a'] } }
      expect(await check(stack, more, sidecar)).toMatchObject({ decision: 'deny', status: 403 })
    }
    expect(await exchange(token)).toMatchObject({ status: 400, body: { code: 'grant.cycle' } })

    const lost = await say('payments', 'remove', 'b')
    for (const sidecar of SIDECARS) {
      const { value } = await until('the service’s loss', STALE_WITHIN_MS, async () => {
        const answer = await check(stack, { token, require }, sidecar)
        return answer.decision === 'allow' ? undefined : answer
      })
      expect(value.claims['groups']).toMatchObject({ verdict: 'stale', change: lost })
      const still = await check(stack, { token: own, require }, sidecar)
      expect(still).toMatchObject({ decision: 'allow' })
    }
  })
})
