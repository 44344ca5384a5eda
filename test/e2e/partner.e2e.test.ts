import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sourceOf } from './source.ts'
import { canRun, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'
import { mint, payloadOf } from './token.ts'

describe.runIf(canRun)('a partner that speaks through a source', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startTestStack((registry) => {
      registry.setIn(['sources', 'iga', 'onBehalfOf'], ['partner-tool'])
      const partner = { name: 'partner-tool', prefix: 'northwind:' }
      registry.setIn(['claims', 'entitlements', 'partners'], [partner])
    })
  })
  afterAll(async () => {
    await stack.stop()
    expect(stack.deaths).toEqual([])
  })

  it('adds what is under its prefix, and nothing else; the source adds what it wants', async () => {
    const iga = sourceOf(stack, 'iga')
    const add = { op: 'add', subject: 'carol', claim: 'entitlements' }
    const onBehalfOf = 'partner-tool'
    const refused = [
      { ...add, onBehalfOf, value: ['payments:approve'] },
      { ...add, onBehalfOf, op: 'set', value: ['northwind:read'] },
      { ...add, onBehalfOf, op: 'clear' },
    ]
    for (const change of refused) {
      const { status, body } = await iga.post(await iga.event(change))
      expect([status, body['code']]).toEqual([403, 'event.forbidden'])
      expect(JSON.stringify(body)).not.toContain('payments:approve')
    }
    await iga.send({ ...add, onBehalfOf, value: ['northwind:read'] })
    // Control: the same value, said by the source for itself.
    await recorded(stack, await iga.send({ ...add, value: ['payments:approve'] }))
    const { entitlements } = payloadOf(await mint(stack, 'carol'))
    expect(entitlements).toEqual(expect.arrayContaining(['northwind:read', 'payments:approve']))
    expect(entitlements).toHaveLength(2)
  })
})
