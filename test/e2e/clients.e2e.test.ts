import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { mintToken } from '../../packages/cli/src/stack/token-client.ts'
import { askAuthority } from './authority.ts'
import { check } from './edge.ts'
import { sourceOf } from './source.ts'
import { canRun, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint, payloadOf, requestFor } from './token.ts'

const STALE_WITHIN_MS = 7_000
const SCOPE = 'payments:approve'
const APPROVERS = 'payments-approvers'

describe.runIf(canRun)('what a client can ask the authority for', () => {
  let stack: TestStack
  const say = async (subject: string, op: string, ...value: readonly string[]): Promise<string> => {
    const id = await sourceOf(stack, 'hr').send({ op, subject, claim: 'groups', value })
    await recorded(stack, id)
    return id
  }
  const asking = (subject: string, scope: string) =>
    mintToken({ ...requestFor(stack, subject, 'payments'), scope })

  beforeAll(async () => {
    stack = await startTestStack()
    await say('alice', 'set', 'staff', APPROVERS)
    await say('bob', 'set', 'staff')
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  describe('a scope', () => {
    it('that the registry does not give to client and audience is refused, and no token is minted', async () => {
      for (const scope of ['payments:admin', `${SCOPE} payments:admin`, 'transfer:unlimited']) {
        const refused = { status: 400, code: 'grant.scope' }
        await expect(asking('alice', scope)).rejects.toMatchObject(refused)
      }
      const own = { grant_type: 'client_credentials', audience: 'payments', scope: SCOPE }
      expect(await askAuthority(stack, '/oauth/token', 'reports-job', own)).toMatchObject({
        status: 400,
        body: { error: 'invalid_scope' },
      })
      const response = await fetch(
        new URL('/.well-known/oauth-authorization-server', stack.at.authority),
      )
      expect(await response.json()).toMatchObject({ scopes_supported: [SCOPE] })
    })

    it('that is derived from a claim is minted for subjects with its value alone, and for none unasked', async () => {
      const { access_token: token, scope } = await asking('alice', SCOPE)
      expect([scope, payloadOf(token).scope]).toEqual([SCOPE, SCOPE])
      expect(payloadOf(token)).toMatchObject({ freshet: { scopedBy: ['groups'] } })
      await expect(asking('bob', SCOPE)).rejects.toMatchObject({
        status: 400,
        code: 'grant.scope',
      })
      expect(payloadOf(await mint(stack, 'alice')).scope).toBeUndefined()
    })

    it('goes stale with its claim, where the service reads `scope` alone', async () => {
      const { access_token: token } = await asking('alice', SCOPE)
      const plain = await mint(stack, 'alice')
      // The proxy asks for no claim: what the service does with `scope` is not known here.
      const ask = (jwt: string) =>
        Promise.all(SIDECARS.map((edge) => check(stack, { token: jwt, require: {} }, edge)))
      for (const jwt of [token, plain])
        expect(await ask(jwt)).toMatchObject([{ decision: 'allow' }, { decision: 'allow' }])
      const lost = await say('alice', 'remove', APPROVERS)
      const { value } = await until('the loss at every edge', STALE_WITHIN_MS, async () => {
        const answers = await ask(token)
        return answers.every(({ decision }) => decision === 'deny') ? answers : undefined
      })
      const stale = { status: 401, claims: { groups: { verdict: 'stale', change: lost } } }
      expect(value).toMatchObject([stale, stale])
      // Control: the same subject's token without the scope says nothing that was lost.
      expect(await ask(plain)).toMatchObject([{ decision: 'allow' }, { decision: 'allow' }])
      await expect(asking('alice', SCOPE)).rejects.toMatchObject({ status: 400 })
    })
  })
})
