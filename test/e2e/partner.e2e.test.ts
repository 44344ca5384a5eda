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
      registry.setIn(['claims', 'groups', 'values'], ['staff', 'payments-approvers'])
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

  it('a value that the registry does not list is refused at the door; one that it lists is not', async () => {
    const hr = sourceOf(stack, 'hr')
    const set = { op: 'set', subject: 'dave', claim: 'groups' }
    const event = await hr.event({ ...set, value: ['staff', 'root'] })
    const { status, body } = await hr.post(event)
    expect([status, body['code']]).toEqual([422, 'event.malformed'])
    expect(body['errors']).toMatchObject([{ pointer: '/data/value' }])
    expect(JSON.stringify(body)).not.toContain('root')
    // Control: the same without it.
    await recorded(stack, await hr.send({ ...set, value: ['staff', 'payments-approvers'] }))
    const { groups } = payloadOf(await mint(stack, 'dave'))
    expect(groups).toEqual(expect.arrayContaining(['staff', 'payments-approvers']))
  })
})
