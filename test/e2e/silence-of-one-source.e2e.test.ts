import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { check } from './edge.ts'
import { sourceOf } from './source.ts'
import { canRun, processOf, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint } from './token.ts'

const PROMISED_MS = 7_000
const BACK_WITHIN_MS = 20_000

describe.runIf(canRun)('where the account is not HR’s', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startTestStack((registry) => registry.setIn(['account'], 'security'))
    const alice = { op: 'set', subject: 'alice' }
    const said = [
      await sourceOf(stack, 'hr').send({ ...alice, claim: 'groups', value: ['a'] }),
      await sourceOf(stack, 'iga').send({ ...alice, claim: 'entitlements', value: ['x:read'] }),
    ]
    await Promise.all(said.map((id) => recorded(stack, id)))
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  it('rule 15: only the heartbeats of HR stop: only its claims become unverified', async () => {
    const token = await mint(stack, 'alice')
    const askAll = (require: Readonly<Record<string, readonly string[]>>) =>
      Promise.all(SIDECARS.map((edge) => check(stack, { token, require }, edge)))
    const all = (what: string, withinMs: number, decision: string) =>
      until(what, withinMs, async () => {
        const answers = await askAll({ groups: ['a'] })
        return answers.every((each) => each.decision === decision) ? answers : undefined
      })
    await all('trust in HR', BACK_WITHIN_MS, 'allow')
    const hr = processOf(stack, 'source:hr')
    await hr.stop('SIGKILL')
    try {
      const { value, ms } = await all('trust in HR withdrawn', 2 * PROMISED_MS, 'deny')
      expect(ms).toBeLessThan(PROMISED_MS)
      for (const { claims } of value) {
        expect(claims['groups']).toMatchObject({ verdict: 'unverified', source: 'hr' })
      }
      for (const { decision, claims } of await askAll({ entitlements: ['x:read'] })) {
        expect(decision).toBe('allow')
        expect(claims['entitlements']).toEqual({ verdict: 'fresh' })
      }
    } finally {
      await hr.start()
    }
    await all('trust in HR restored', BACK_WITHIN_MS, 'allow')
  })
})
