import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HealthAnswer } from '@freshet/insight/answers'
import { partitionOf } from '@freshet/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from 'yaml'
import type { ResyncReport } from '../../packages/cli/src/commands/sources/source-resync.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { cliFolder, type CliFolder } from './cli.ts'
import { atEveryEdge, minted, outcomeOf, verdictsOf } from './mint-outcome.ts'
import { policyVersions, type PolicyVersions } from './policy-versions.ts'
import { sourceOf, type TestChange } from './source.ts'
import { beginStatement, quarantinedAs, state, type Statement } from './statement.ts'
import { canRun, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'

/** More subjects than a snapshot can leave out without a confirmation. */
const TEAM = 12
const GRADED = Array.from({ length: 500 }, (_, n) => `graded-${n}`)
  .filter((sub) => partitionOf({ tenant: DEV_TENANT, iss: DEV_IDP, sub }) === 1)
  .slice(0, TEAM)

const groups = (subject: string): TestChange => set(subject, 'groups', ['staff'])
const entitlements = (subject: string): TestChange => set(subject, 'entitlements', ['staff'])
const grades = (subject: string): TestChange => set(subject, 'grades', ['senior'])
const ON_HOLD = set('zed', 'holds', ['payments'])
const ZED = { subject: 'zed', audience: 'ledger' }

function set(subject: string, claim: string, value: readonly string[]): TestChange {
  return { op: 'set', subject, claim, value }
}

/** The tests are in the order of the policy versions. */
describe.runIf(canRun)('a claim that moves to another source', () => {
  let stack: TestStack
  let cli: CliFolder
  let versions: PolicyVersions
  beforeAll(async () => {
    stack = await startTestStack(edit)
    cli = await cliFolder(stack)
    versions = policyVersions(stack, cli)
    const [hr, iga] = [sourceOf(stack, 'hr'), sourceOf(stack, 'iga')]
    await hr.send(groups('zed'))
    for (const subject of GRADED) await hr.send(grades(subject))
    await iga.send(ON_HOLD)
    await recorded(stack, await iga.send(entitlements('yve')))
  })
  afterAll(async () => {
    await cli?.dispose()
    await stack?.stop()
    expect(stack?.deaths).toEqual([])
  })

  /** The causes of the verdict about sources that must send a snapshot. */
  async function unstated(): Promise<HealthAnswer['causes']> {
    const { out } = await cli.freshet('status', '-o', 'json')
    const { causes } = JSON.parse(out) as HealthAnswer
    return causes.filter(({ finding }) => finding === 'sourceUnstated')
  }

  describe('while its new source and its old one have a snapshot open', () => {
    let ofNew: Statement
    let ofOld: Statement
    beforeAll(async () => {
      expect(await minted(stack, ZED)).toMatchObject({ claims: { holds: ['payments'] } })
      ofNew = await beginStatement(stack, 'hr')
      ofOld = await beginStatement(stack, 'iga')
      await ofNew.send(groups('probe'), groups('zed'), ...GRADED.map(grades))
      await ofOld.send(entitlements('probe'))
      await versions.next((registry) => registry.setIn(['claims', 'holds', 'source'], 'hr'))
    })

    it('is in doubt after the end of that snapshot, which cannot state it (rule 32)', async () => {
      expect(await outcomeOf(stack, ZED)).toMatchObject({ status: 503, code: 'mint.doubtful' })
      const end = await ofNew.end()
      expect(await outcomeOf(stack, ZED)).toMatchObject({
        status: 503,
        code: expect.stringMatching(/^mint\.(?:doubtful|unverified)$/),
      })
      await expect.poll(() => quarantinedAs(cli, end)).toBe('event.statement')
      expect(await outcomeOf(stack, ZED)).toMatchObject({ status: 503 })
    })

    it('is a finding that names its source, its tenant and the ended snapshot', async () => {
      await expect.poll(unstated).toMatchObject([
        {
          object: 'hr',
          tenant: DEV_TENANT,
          what: expect.stringMatching(
            /^Claims holds of hr are in doubt for all of .* since the change .*\. An activation ended/,
          ),
          do: `run \`freshet source resync FILE\` for hr of ${DEV_TENANT}`,
        },
      ])
    })

    it('control: the snapshot of the source that gets no claim ends, and takes away what it lacks', async () => {
      const end = await ofOld.end()
      expect(await quarantinedAs(cli, end)).toBeUndefined()
      expect((await cli.freshet('subject', 'get', 'yve')).out).toMatch(/^entitlements +- +iga /m)
    })

    it('has its restriction again after a new snapshot of its new source', async () => {
      await state(stack, 'hr', [...['probe', 'zed'].map(groups), ...GRADED.map(grades), ON_HOLD])
      const { token, claims } = await minted(stack, ZED)
      expect(claims).toEqual({ holds: ['payments'] })
      await expect.poll(unstated).toEqual([])
      await expect
        .poll(() => verdictsOf(stack, token, 'ledger'))
        .toEqual(atEveryEdge({ decision: 'allow', holds: 'fresh' }))
    })
  })

  describe('and the first snapshot of its new source', () => {
    const last = { subject: GRADED.at(-1) ?? '', audience: 'reviews' }
    const before = new Date()
    beforeAll(async () => {
      expect(await minted(stack, last)).toMatchObject({ claims: { grades: ['senior'] } })
      await versions.next((registry) => registry.setIn(['claims', 'grades', 'source'], 'iga'))
    })

    async function resync(changes: readonly TestChange[], writtenAt = new Date()) {
      const path = join(cli.dir, 'iga.jsonl')
      const lines = changes.map(({ subject, claim, value }) =>
        JSON.stringify({ subject, claim, value }),
      )
      await writeFile(path, lines.join('\n'))
      await utimes(path, writtenAt, writtenAt)
      const by = ['--source', 'iga', '--registry', versions.file(), '-o', 'json']
      const { code, out, err } = await cli.freshet('source', 'resync', path, ...by)
      return { code, err, state: (JSON.parse(out || '{}') as Partial<ResyncReport>).state }
    }

    it('is refused if its state is older than the activation, and changes nothing', async () => {
      const whole = [entitlements('probe'), ...GRADED.map(grades)]
      const refused = await resync(whole, before)
      expect(refused).toMatchObject({
        code: 1,
        err: expect.stringContaining('write the file anew'),
      })
      const occurredAt = before.toISOString()
      const begin = await sourceOf(stack, 'iga').send({ op: 'snapshot-begin', occurredAt })
      await expect.poll(() => quarantinedAs(cli, begin)).toBe('event.statement')
      expect(await outcomeOf(stack, last)).toMatchObject({ status: 503, code: 'mint.doubtful' })
    })

    it('is held if it broke off, as one that lacks its own claims', async () => {
      const broken = [entitlements('probe'), ...GRADED.slice(0, 1).map(grades)]
      expect(await resync(broken)).toMatchObject({ code: 10, state: 'held' })
      expect(await outcomeOf(stack, last)).toMatchObject({ status: 503 })
    })

    it('states it in full, and tokens have its values', async () => {
      const whole = [entitlements('probe'), ...GRADED.map(grades)]
      expect(await resync(whole)).toMatchObject({ code: 0, state: 'ended' })
      expect(await minted(stack, last)).toMatchObject({ claims: { grades: ['senior'] } })
    })
  })
})

/** Accounts are of a source that states no claim, so that snapshots of claims alone are whole ones. */
function edit(registry: Document): void {
  registry.set('account', 'security')
  registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
  registry.setIn(['sources', 'iga', 'lease'], '5s')
  const claim = {
    owner: 'iam',
    description: 'A claim that moves.',
    kind: 'authoritative',
    shape: 'set',
    class: 'reduce',
    maxTtl: '5m',
  }
  registry.setIn(['claims', 'holds'], { ...claim, source: 'iga', polarity: 'restrict' })
  registry.setIn(['claims', 'grades'], { ...claim, source: 'hr' })
  registry.setIn(['audiences', 'ledger'], { claims: ['holds'], ttl: '5m' })
  registry.setIn(['audiences', 'reviews'], { claims: ['grades'], ttl: '5m' })
  const audiences = ['payments', 'ledger', 'reviews']
  registry.setIn(['clients', 'payments-web', 'audiences'], audiences)
}
