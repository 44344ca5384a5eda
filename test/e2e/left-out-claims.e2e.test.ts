import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { auditCli } from './audit.ts'
import { check } from './edge.ts'
import { sourceOf } from './source.ts'
import { canRun, processOf, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { jtiOf, mint, payloadOf } from './token.ts'

const WITHIN_MS = 20_000
const MANY = Array.from({ length: 20 }, (_, at) => `ledger-${at}:read`)

describe.runIf(canRun)('a claim that a token leaves out', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startTestStack((registry) => {
      registry.setIn(['claims', 'entitlements', 'maxBytes'], 100)
      registry.setIn(['claims', 'entitlements', 'onOver'], 'omit')
      registry.setIn(['claims', 'entitlements', 'onMissing'], 'omit')
      registry.setIn(['sources', 'iga', 'lease'], '5s')
      registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
    })
    const alice = { op: 'set', subject: 'alice' }
    const said = [
      await sourceOf(stack, 'hr').send({ ...alice, claim: 'groups', value: ['a'] }),
      await sourceOf(stack, 'iga').send({ ...alice, claim: 'entitlements', value: MANY }),
    ]
    await Promise.all(said.map((id) => recorded(stack, id)))
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  it('because it is too large is decided by the authority, by what its source says now', async () => {
    const token = await mint(stack, 'alice')
    expect(payloadOf(token)).not.toHaveProperty('entitlements')
    expect(payloadOf(token)).toMatchObject({ groups: ['a'], freshet: { over: ['entitlements'] } })
    for (const sidecar of SIDECARS) {
      const ask = (require: Readonly<Record<string, readonly string[]>>) =>
        check(stack, { token, require }, sidecar)
      expect(await ask({ groups: ['a'] })).toMatchObject({ decision: 'allow' })
      const held = await ask({ entitlements: ['ledger-7:read'] })
      expect(held).toMatchObject({ decision: 'allow', validated: true })
      const lacking = await ask({ entitlements: ['ledger-7:write'] })
      expect(lacking).toMatchObject({ decision: 'deny', status: 403 })
      expect(await check(stack, { token }, sidecar)).toMatchObject({
        decision: 'deny',
        status: 503,
        claims: { entitlements: { verdict: 'unverified', reason: 'omitted-over' } },
      })
    }
    await using cli = await auditCli(stack)
    const { out } = await cli.freshet('token', 'explain', jtiOf(token))
    expect(out).toContain('entitlements is unverified: the token leaves it out')
    const sealed = await until('its entry in the audit', WITHIN_MS, async () => {
      const { items } = await cli.json(
        'audit',
        'ls',
        '--ref',
        jtiOf(token),
        '--kind',
        'token-issued',
      )
      return items[0]
    })
    expect(JSON.stringify(sealed.value)).toContain('"over":"entitlements"')
  })

  it('because its source is silent is allowed by nobody, while the rest is minted', async () => {
    const iga = processOf(stack, 'source:iga')
    await iga.stop('SIGKILL')
    try {
      const { value: token } = await until('a token without it', WITHIN_MS, async () => {
        const minted = await mint(stack, 'alice')
        const { freshet } = payloadOf(minted)
        return freshet.omitted?.includes('entitlements') ? minted : undefined
      })
      const entitled = await check(stack, { token, require: { entitlements: ['ledger-7:read'] } })
      expect(entitled).toMatchObject({ decision: 'deny', status: 503 })
      expect(await check(stack, { token, require: { groups: ['a'] } })).toMatchObject({
        decision: 'allow',
      })
    } finally {
      await iga.start()
    }
  })
})
