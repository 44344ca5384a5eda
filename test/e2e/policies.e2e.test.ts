import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP } from '../../packages/cli/src/stack/workspace.ts'
import { auditCli } from './audit.ts'
import { askAuthority } from './authority.ts'
import { check, type CheckAnswer, type Question } from './edge.ts'
import { sourceOf } from './source.ts'
import { canRun, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { jtiOf, mint, payloadOf } from './token.ts'

const ROUTE = 'POST /approve'
const WITHIN_MS = 20_000
const LARGE = 'payments:large'
const require = { groups: ['payments-approvers'] }

const SCHEMA = `
entity Tenant;
entity Subject in [Tenant] = { groups: Set<String>, entitlements: Set<String>, holds: Set<String> };
entity Audience;
action "${ROUTE}" appliesTo { principal: Subject, resource: Audience, context: {
  amount: Long, actors: Set<{ iss: String, sub: String }> } };
`
const upTo = (limit: number): string => `
@id("small amounts")
permit (principal in Tenant::"acme", action == Action::"${ROUTE}", resource == Audience::"payments")
when { principal.groups.contains("payments-approvers") && context.amount <= ${limit} };

@id("large amounts")
permit (principal in Tenant::"acme", action == Action::"${ROUTE}", resource == Audience::"payments")
when { principal.entitlements.contains("${LARGE}") };

@id("on hold")
forbid (principal, action, resource) when { principal.holds.contains("payments") };

@id("no agents above 100")
forbid (principal, action == Action::"${ROUTE}", resource)
when { context.amount > 100 && !context.actors.isEmpty() };
`

describe.runIf(canRun)('a high-risk route with policies', () => {
  let stack: TestStack
  let dir: string
  const decide = (
    token: string,
    amount: number,
    more: Partial<Question> = {},
  ): Promise<CheckAnswer> =>
    check(stack, { token, require, route: ROUTE, facts: { amount }, ...more })

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-policies-'))
    const [schema, policies] = [join(dir, 'p.cedarschema'), join(dir, 'p.cedar')]
    await writeFile(schema, SCHEMA)
    await writeFile(policies, upTo(1_000))
    stack = await startTestStack((registry) => {
      registry.setIn(['policySchema'], schema)
      const route = ['audiences', 'payments', 'routes', ROUTE]
      registry.setIn(['claims', 'holds'], {
        source: 'security',
        owner: 'secops',
        description: 'What a party is kept from.',
        kind: 'authoritative',
        shape: 'set',
        polarity: 'restrict',
        class: 'reduce',
        maxTtl: '5m',
      })
      const subject = { iss: DEV_IDP, sub: 'robot' }
      registry.setIn(['clients', 'payments-api', 'subject'], subject)
      registry.setIn(['clients', 'payments-api', 'audiences'], ['payments'])
      registry.setIn([...route, 'risk'], 'high')
      registry.setIn([...route, 'policies'], [policies])
    })
    const set = { op: 'set', subject: 'alice' } as const
    const ids = [
      await sourceOf(stack, 'hr').send({ ...set, claim: 'groups', value: require.groups }),
      await sourceOf(stack, 'iga').send({ ...set, claim: 'entitlements', value: [LARGE] }),
    ]
    await Promise.all(ids.map((id) => recorded(stack, id)))
  })
  afterAll(async () => {
    await stack.stop()
    await rm(dir, { recursive: true })
    expect(stack.deaths).toEqual([])
  })

  it('is allowed by the values of the sources, at every sidecar and at the authority itself', async () => {
    const token = await mint(stack, 'alice')
    for (const sidecar of SIDECARS) {
      const question = { token, require, route: ROUTE, facts: { amount: 5_000 } }
      const allowed = { decision: 'allow', validated: true }
      expect(await check(stack, question, sidecar)).toMatchObject(allowed)
    }
    const answer = await evaluate(stack, token, { amount: 5_000 })
    expect(answer).toMatchObject({ decision: true, context: { policies: ['large amounts'] } })
  })

  describe('that a robot asks for on behalf of alice', () => {
    const exchange = async (): Promise<string> => {
      const { body } = await askAuthority(stack, '/oauth/token', 'payments-api', {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: await mint(stack, 'alice'),
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience: 'payments',
      })
      return String(body['access_token'])
    }
    const onHold = async (op: 'add' | 'remove'): Promise<void> => {
      const hold = { op, subject: 'robot', claim: 'holds', value: 'payments' }
      await recorded(stack, await sourceOf(stack, 'security').send(hold))
    }
    beforeAll(async () => {
      const robot = { op: 'set', subject: 'robot' } as const
      const ids = [
        await sourceOf(stack, 'hr').send({ ...robot, claim: 'groups', value: require.groups }),
        await sourceOf(stack, 'iga').send({ ...robot, claim: 'entitlements', value: [LARGE] }),
      ]
      await Promise.all(ids.map((id) => recorded(stack, id)))
    })

    it('is allowed up to the amount that policies let agents have, at every sidecar', async () => {
      const token = await exchange()
      expect(payloadOf(token)).toMatchObject({ sub: 'alice', act: { sub: 'robot' } })
      for (const sidecar of SIDECARS) {
        const of = (jwt: string, amount: number) =>
          check(stack, { token: jwt, require, route: ROUTE, facts: { amount } }, sidecar)
        expect(await of(token, 100)).toMatchObject({ decision: 'allow', validated: true })
        expect(await of(token, 101)).toMatchObject({ status: 403, code: 'policy.denied' })
        // Control: alice herself has the entitlement for any amount.
        expect(await of(await mint(stack, 'alice'), 101)).toMatchObject({ decision: 'allow' })
      }
      const spoofed = { amount: 101, actors: [] }
      expect(await decide(token, 101, { facts: spoofed })).toMatchObject({ code: 'policy.context' })
    })

    it('is denied while the robot is on hold, of which alice knows nothing', async () => {
      await onHold('add')
      try {
        const token = await exchange()
        const denied = { decision: 'deny', status: 403, code: 'policy.denied' }
        for (const sidecar of SIDECARS) {
          const question = { token, require, route: ROUTE, facts: { amount: 5 } }
          expect(await check(stack, question, sidecar)).toMatchObject(denied)
        }
        // Control: alice is not on hold.
        expect(await decide(await mint(stack, 'alice'), 5)).toMatchObject({ decision: 'allow' })
      } finally {
        await onHold('remove')
      }
      expect(await decide(await exchange(), 5)).toMatchObject({ decision: 'allow' })
    })
  })

  it('is denied where the facts are others, or no route is named', async () => {
    const token = await mint(stack, 'alice')
    const denied = { decision: 'deny', status: 403 }
    const wrong = { ...denied, code: 'policy.context' }
    expect(await decide(token, 1.5)).toMatchObject(wrong)
    expect(await decide(token, 5, { facts: { amount: 5, more: 1 } })).toMatchObject(wrong)
    const unnamed = await check(stack, { token, require, risk: 'high' })
    expect(unnamed).toMatchObject({ ...denied, code: 'policy.unnamed' })
  })

  it('is denied once the entitlement is lost that a policy requires; the audit names the policy', async () => {
    const old = await mint(stack, 'alice')
    expect(await decide(old, 5_000)).toMatchObject({ decision: 'allow' })
    const lost = await sourceOf(stack, 'iga').send({
      op: 'remove',
      subject: 'alice',
      claim: 'entitlements',
      value: LARGE,
    })
    await recorded(stack, lost)
    // The old token still has it; the first answer is that the token is stale.
    expect(await decide(old, 5_000)).toMatchObject({ decision: 'deny', status: 401 })
    const token = await mint(stack, 'alice')
    const denied = { decision: 'deny', status: 403, code: 'policy.denied' }
    expect(await decide(token, 5_000)).toMatchObject(denied)
    // Control: a request that needs no entitlement is allowed as before.
    expect(await decide(token, 1_000)).toMatchObject({ decision: 'allow', validated: true })

    await using cli = await auditCli(stack)
    const entries = await until('the decisions sealed', WITHIN_MS, async () => {
      const { items } = await cli.json('audit', 'ls', '--ref', jtiOf(token))
      return items.length === 3 ? items : undefined
    })
    const details = entries.value.filter(({ kind }) => kind === 'access-decided')
    expect(details).toMatchObject([
      { detail: { decision: true, route: ROUTE, policies: 'small amounts' } },
      { detail: { decision: false, code: 'policy.denied', route: ROUTE, policies: '' } },
    ])
  })

  it('goes by another policy once its version is active, and the hash covers its text', async () => {
    const token = await mint(stack, 'alice')
    expect(await decide(token, 800)).toMatchObject({ decision: 'allow' })
    await writeFile(join(dir, 'p.cedar'), upTo(500))
    await using cli = await auditCli(stack)
    const same = await cli.freshet('registry', 'publish', stack.workspace.registry)
    expect([same.code, same.err]).toEqual([1, expect.stringContaining('another content')])
    const document = parseDocument(await readFile(stack.workspace.registry, 'utf8'))
    document.set('version', 2)
    const file = join(dirname(stack.workspace.registry), 'registry-2.yaml')
    await writeFile(file, document.toString())
    const published = await cli.freshet('registry', 'publish', file)
    expect([published.code, published.out]).toEqual([0, expect.stringContaining('is another text')])
    const activated = await cli.freshet('registry', 'activate', '2', '--reason', 'a test', '--wait')
    expect(activated.code).toBe(0)
    await until('the lower limit', WITHIN_MS, async () =>
      (await decide(token, 800)).code === 'policy.denied' ? true : undefined,
    )
    expect(await decide(token, 500)).toMatchObject({ decision: 'allow' })
  })
})

/** Sends a request as any AuthZEN client does. */
async function evaluate(stack: TestStack, token: string, facts: object): Promise<unknown> {
  const { id, secret } = stack.describe().clients['payments-api'] ?? { id: '', secret: '' }
  const response = await fetch(new URL('/access/v1/evaluation', stack.at.authority), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    },
    body: JSON.stringify({
      subject: { type: 'user', id: 'alice' },
      action: { name: ROUTE },
      resource: { type: 'audience', id: 'payments' },
      context: { token, ...facts },
    }),
  })
  return response.json()
}
