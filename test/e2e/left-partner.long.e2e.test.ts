import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from 'yaml'
import { cliFolder, type CliFolder } from './cli.ts'
import { minted, outcomeOf, verdictsOf } from './mint-outcome.ts'
import { policyVersions } from './policy-versions.ts'
import { sourceOf, type TestChange } from './source.ts'
import { quarantinedAs, state } from './statement.ts'
import { canRun, processOf, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'

const POLLED = { timeout: 20_000 }
const PARTNER = 'partner-tool'
const VALUE = 'northwind:read'
const PEOPLE = ['carol', 'dora'] as const
const STAFF = { claims: { entitlements: ['staff'] } }
const own = (subject: string): TestChange => ({
  op: 'set',
  subject,
  claim: 'entitlements',
  value: ['staff'],
})

describe.runIf(canRun)('a partner that leaves while its losses are under way', () => {
  let stack: TestStack
  let cli: CliFolder
  let removal: string
  const tokens = new Map<string, string>()
  beforeAll(async () => {
    stack = await startTestStack(edit)
    cli = await cliFolder(stack)
    const [hr, iga] = [sourceOf(stack, 'hr'), sourceOf(stack, 'iga')]
    for (const subject of PEOPLE) {
      await hr.send({ op: 'set', subject, claim: 'groups', value: ['staff'] })
      await iga.send(own(subject))
      const add: TestChange = { op: 'add', subject, claim: 'entitlements', value: [VALUE] }
      await recorded(stack, await iga.send({ ...add, onBehalfOf: PARTNER }))
    }
  })
  afterAll(async () => {
    await cli?.dispose()
    await stack?.stop()
    expect(stack?.deaths).toEqual([])
  })

  async function decisionsOf(token = ''): Promise<readonly unknown[]> {
    return (await verdictsOf(stack, token)).map((each) => Object(each).decision as unknown)
  }

  it('loses what it removed and withdrew, at every edge and for the next token', async () => {
    for (const subject of PEOPLE) {
      const { token, claims } = await minted(stack, { subject })
      expect(claims.entitlements).toContain(VALUE)
      await expect.poll(() => decisionsOf(token), POLLED).toEqual(['allow', 'allow'])
      tokens.set(subject, token)
    }
    const iga = sourceOf(stack, 'iga')
    const reconciler = processOf(stack, 'reconciler')
    await reconciler.stop()
    await policyVersions(stack, cli).order((registry) => {
      registry.deleteIn(['sources', 'iga', 'onBehalfOf'])
      registry.deleteIn(['claims', 'entitlements', 'partners'])
    })
    const lost = { claim: 'entitlements', onBehalfOf: PARTNER }
    removal = await iga.send({ ...lost, op: 'remove', subject: 'carol', value: [VALUE] })
    const withdrawal = await iga.send({ ...lost, op: 'value-withdrawn', value: VALUE })
    await reconciler.start()
    await expect.poll(() => quarantinedAs(cli, removal), POLLED).toBe('event.forbidden')
    expect(await recorded(stack, withdrawal)).toMatchObject({ outcome: 'applied' })
    expect(await quarantinedAs(cli, withdrawal)).toBeUndefined()
    for (const subject of PEOPLE)
      await expect.poll(() => decisionsOf(tokens.get(subject)), POLLED).toEqual(['deny', 'deny'])
    // The removal leaves its subject in doubt. The withdrawal halts no source, so the others go on.
    await expect
      .poll(() => outcomeOf(stack, { subject: 'carol' }), POLLED)
      .toMatchObject({ status: 503 })
    await expect.poll(() => outcomeOf(stack, { subject: 'dora' }), POLLED).toMatchObject(STAFF)
  })

  it('is answered for by a set that names the removal, and not by a snapshot', async () => {
    const iga = sourceOf(stack, 'iga')
    await state(stack, 'iga', PEOPLE.map(own))
    await expect.poll(() => outcomeOf(stack, { subject: 'dora' }), POLLED).toMatchObject(STAFF)
    expect(await outcomeOf(stack, { subject: 'carol' })).toMatchObject({ status: 503 })
    const { position } = await recorded(stack, removal)
    await iga.send({ ...own('carol'), settles: [position] })
    await expect.poll(() => outcomeOf(stack, { subject: 'carol' }), POLLED).toMatchObject(STAFF)
    for (const subject of PEOPLE)
      expect(await decisionsOf(tokens.get(subject))).toEqual(['deny', 'deny'])
  })
})

function edit(registry: Document): void {
  registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
  registry.setIn(['sources', 'iga', 'lease'], '5s')
  registry.setIn(['sources', 'iga', 'versions'], 'feed')
  registry.setIn(['sources', 'iga', 'onBehalfOf'], [PARTNER])
  registry.setIn(['claims', 'entitlements', 'partners'], [{ name: PARTNER, prefix: 'northwind:' }])
}
