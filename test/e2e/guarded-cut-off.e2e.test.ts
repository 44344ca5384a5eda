import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditCli, type AuditCli } from './audit.ts'
import { check } from './edge.ts'
import { canRun, startTestStack, type TestStack } from './test-stack.ts'
import { mint } from './token.ts'

const TOKENS = 12
const order = ['cut-off', 'client', 'payments-web', '--yes']

describe.runIf(canRun)('a guarded cut-off, on the real parts', () => {
  let stack: TestStack
  let cli: AuditCli
  let token: string

  beforeAll(async () => {
    stack = await startTestStack((registry) => registry.set('guards', { cutOff: '20%' }))
    cli = await auditCli(stack)
    for (let n = 0; n < TOKENS; n++) token = await mint(stack, 'probe')
  })
  afterAll(async () => {
    await cli[Symbol.asyncDispose]()
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  it('tells how many tokens and edges it would touch, and that it must be confirmed', async () => {
    const { code, out } = await cli.freshet(...order, '--dry-run', '-o', 'json')
    expect(code).toBe(0)
    const { touches, guard } = JSON.parse(out) as {
      readonly touches: { readonly tokens: number; readonly edges: number }
      readonly guard: object
    }
    expect(touches.tokens).toBeGreaterThanOrEqual(TOKENS)
    expect(touches.edges).toBe(2)
    expect(guard).toMatchObject({ share: 0.2, needsConfirmation: true })
  })

  it('is not done at the first word, by the CLI or at the door', async () => {
    const { code, err } = await cli.freshet(...order)
    expect(code).toBe(2)
    expect(err).toContain('--confirm')
    const response = await fetch(new URL('/v1/cut-offs', stack.at.gateway), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${stack.describe().admin.token}`,
      },
      body: JSON.stringify({
        op: 'cut-off',
        tenant: stack.describe().tenant,
        scope: 'client',
        target: 'payments-web',
      }),
    })
    expect([response.status, await response.json()]).toMatchObject([
      409,
      { code: 'request.unconfirmed' },
    ])
    expect(await check(stack, { token })).toMatchObject({ decision: 'allow' })
  })

  it('is done when it is confirmed with a reason, and applied at every edge', async () => {
    const why = ['--confirm', '--reason', 'incident 7', '--wait', 'applied']
    expect((await cli.freshet(...order, ...why)).code).toBe(0)
    expect(await check(stack, { token })).toMatchObject({ decision: 'deny', code: 'token.revoked' })
  })
})
