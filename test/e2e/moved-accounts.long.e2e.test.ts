import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import type { Document } from 'yaml'
import { DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import { atEveryEdge, minted, outcomeOf, verdictsOf } from './mint-outcome.ts'
import { policyVersions, type PolicyVersions } from './policy-versions.ts'
import { sourceOf, type TestChange, type TestSource } from './source.ts'
import { beginStatement, quarantinedAs, state, type Statement } from './statement.ts'
import { canRun, SIDECARS, startTestStack, type TestStack } from './test-stack.ts'
import { applied, recorded } from './timeline.ts'
import { check } from './edge.ts'

const OTHER_IDP = 'https://second-idp.acme.example'
const PROVIDERS = ['tenants', DEV_TENANT, 'identityProviders']
const APPROVER = 'payments-approvers'
const LOADED_WITHIN_MS = 20_000
const IN_DOUBT = { status: 503, code: 'mint.doubtful' }
const OFF = { status: 400, code: 'grant.invalid' }

const CAROL = { subject: 'carol', iss: OTHER_IDP }
const DORA = { subject: 'dora', iss: OTHER_IDP }
const [PROBE, ADA, BEN, DAN, EVE] = ['probe', 'ada', 'ben', 'dan', 'eve'].map((subject) => ({
  subject,
})) as [Who, Who, Who, Who, Who]
const HERE = [PROBE, ADA, BEN, DAN, EVE]
const ALL = [...HERE, CAROL, DORA]

type Who = Pick<TestChange, 'subject' | 'iss'> & { readonly subject: string }

const enabled = (who: Who): TestChange => ({ ...who, op: 'enabled' })
const disabled = (who: Who): TestChange => ({ ...who, op: 'disabled' })
const groups = (who: Who, ...value: readonly string[]): TestChange => ({
  ...who,
  op: 'set',
  claim: 'groups',
  value: ['staff', ...value],
})
const entitlements = (who: Who): TestChange => ({
  ...who,
  op: 'set',
  claim: 'entitlements',
  value: ['pay:approve'],
})
const ON_HOLD: TestChange = { ...DAN, op: 'set', claim: 'holds', value: ['payments'] }

/** The tests are in the order of the policy versions: version 3 is as 1, and 4 has another account source. */
describe.runIf(canRun)('accounts', () => {
  let stack: TestStack
  let cli: CliFolder
  let versions: PolicyVersions
  let hr: TestSource
  let iga: TestSource
  beforeAll(async () => {
    stack = await startTestStack(edit)
    cli = await cliFolder(stack)
    versions = policyVersions(stack, cli)
    hr = sourceOf(stack, 'hr')
    iga = sourceOf(stack, 'iga')
    for (const who of ALL) await hr.send(groups(who, APPROVER))
    for (const who of ALL) await iga.send(entitlements(who))
    for (const who of [CAROL, DORA])
      expect(await minted(stack, who)).toMatchObject({ claims: { groups: [APPROVER, 'staff'] } })
  })
  afterAll(async () => {
    await cli?.dispose()
    await stack?.stop()
    expect(stack?.deaths).toEqual([])
  })

  describe('the return of an identity provider that left the registry', () => {
    it('are in doubt with their claims, because changes were refused while it was away', async () => {
      let provider: unknown
      await versions.next((registry) => {
        provider = registry.getIn([...PROVIDERS, 1])
        registry.deleteIn([...PROVIDERS, 1])
      })
      for (const change of [groups(CAROL), disabled(DORA)])
        await expect
          .poll(async () => hr.post(await hr.event(change)))
          .toMatchObject({ status: 403, body: { code: 'event.forbidden' } })
      await versions.next((registry) => registry.addIn(PROVIDERS, provider))
      // The authority refuses the identity provider until it has loaded the version.
      const { value: first } = await until('its tokens are taken', LOADED_WITHIN_MS, async () => {
        const outcome = await outcomeOf(stack, CAROL)
        return 'code' in outcome && outcome.code === 'token.invalid' ? undefined : outcome
      })
      expect(first).toMatchObject(IN_DOUBT)
      expect(await outcomeOf(stack, DORA)).toMatchObject(IN_DOUBT)
    })

    it('control: those of the identity provider that stayed are not', async () => {
      expect(await outcomeOf(stack, ADA)).toMatchObject({ claims: { groups: [APPROVER, 'staff'] } })
    })

    it('are as the next snapshots of their sources state them', async () => {
      await state(stack, 'hr', [
        ...[...HERE, CAROL].map(enabled),
        disabled(DORA),
        ...ALL.map((who) => groups(who)),
      ])
      await state(stack, 'iga', ALL.map(entitlements))
      const { token, claims } = await minted(stack, CAROL)
      expect(claims).toMatchObject({ groups: ['staff'], entitlements: ['pay:approve'] })
      await expect
        .poll(() => verdictsOf(stack, token))
        .toEqual(atEveryEdge({ decision: 'allow', groups: 'fresh', entitlements: 'fresh' }))
      expect(await outcomeOf(stack, DORA)).toMatchObject(OFF)
    })
  })

  /** HR numbers what it sends of accounts in microseconds, and IGA in milliseconds. */
  describe('a claim whose source changes to one that counts its versions in another unit', () => {
    let ofNew: Statement
    beforeAll(async () => {
      let last = BigInt(Date.now()) * 1_000n
      const send = async (change: TestChange): Promise<string> => {
        last += 1n
        return hr.send({ ...change, sourceVersion: String(last) })
      }
      await send(enabled(ADA))
      await send(disabled(BEN))
      const deleted = await recorded(stack, await send({ ...DAN, op: 'deleted' }))
      await send(enabled(DAN))
      await send(groups(DAN))
      const settles = [deleted.position]
      for (const change of [entitlements(DAN), ON_HOLD])
        await recorded(stack, await iga.send({ ...change, settles }))
      expect(await minted(stack, { ...DAN, audience: 'ledger' })).toMatchObject({
        claims: { holds: ['payments'], entitlements: ['pay:approve'] },
      })
      ofNew = await beginStatement(stack, 'iga')
      await ofNew.send(...ALL.map(entitlements), ON_HOLD)
      await versions.next((registry) => registry.set('account', 'iga'))
    })

    it('are in doubt until the new source states them', async () => {
      expect(await outcomeOf(stack, ADA)).toMatchObject(IN_DOUBT)
    })

    it('are in doubt after the end of a snapshot that the new source had begun before (rule 32)', async () => {
      const end = await ofNew.end()
      expect(await outcomeOf(stack, ADA)).toMatchObject({
        status: 503,
        code: expect.stringMatching(/^mint\.(?:doubtful|unverified)$/),
      })
      await expect.poll(() => quarantinedAs(cli, end)).toBe('event.statement')
    })

    describe('and states them', () => {
      beforeAll(async () => {
        const stated = ALL.filter((who) => who !== EVE)
        await state(stack, 'iga', [...stated.map(enabled), ...ALL.map(entitlements), ON_HOLD])
      })

      it('are enabled, although the old source had disabled them under a higher number', async () => {
        expect(await minted(stack, BEN)).toMatchObject({ claims: { groups: ['staff'] } })
      })

      it('remain in doubt if it leaves them out', async () => {
        expect(await outcomeOf(stack, EVE)).toMatchObject(IN_DOUBT)
      })

      it('lose no restriction of the new source to a deletion by the old one (rule 33)', async () => {
        const ledger = { ...DAN, audience: 'ledger' }
        const { token, claims } = await minted(stack, ledger)
        expect(claims).toEqual({ holds: ['payments'], entitlements: ['pay:approve'] })
        await expect
          .poll(() => verdictsOf(stack, token, 'ledger'))
          .toEqual(atEveryEdge({ decision: 'allow', holds: 'fresh', entitlements: 'fresh' }))
      })

      it('get no token once it disables them, although the old source had enabled them under a higher number', async () => {
        const { token } = await minted(stack, ADA)
        await expect
          .poll(() => verdictsOf(stack, token))
          .toEqual(atEveryEdge({ decision: 'allow', groups: 'fresh', entitlements: 'fresh' }))
        const change = await iga.send(disabled(ADA))
        await applied(stack, change)
        for (const edge of SIDECARS)
          expect(await check(stack, { token }, edge)).toMatchObject({ decision: 'deny' })
        expect(await outcomeOf(stack, ADA)).toMatchObject(OFF)
        const { out } = await cli.freshet('subject', 'get', 'ada')
        expect(out).toMatch(/^account disabled .*\bby iga\b/)
      })
    })
  })
})

function edit(registry: Document): void {
  registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
  registry.setIn(['sources', 'iga', 'lease'], '5s')
  const keys = registry.getIn([...PROVIDERS, 0, 'keys'])
  registry.addIn(PROVIDERS, registry.createNode({ issuer: OTHER_IDP, keys }))
  registry.setIn(['claims', 'holds'], {
    source: 'iga',
    owner: 'iam',
    description: 'The actions that a person is kept from.',
    kind: 'authoritative',
    shape: 'set',
    polarity: 'restrict',
    class: 'reduce',
    maxTtl: '5m',
  })
  registry.setIn(['audiences', 'ledger'], { claims: ['holds', 'entitlements'], ttl: '5m' })
  registry.setIn(['clients', 'payments-web', 'audiences'], ['payments', 'ledger'])
}
