import { performance } from 'node:perf_hooks'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { partitionOf, PARTITIONS } from '@freshet/protocol'
import { CHANGES_TOPIC, encodeChange, parseChangeEvent, signRecord } from '@freshet/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { askAuthority } from '../e2e/authority.ts'
import { cliFolder, type CliFolder } from '../e2e/cli.ts'
import { kafkaOf, signingKeyOf } from '../e2e/direct-world.ts'
import { atEveryEdge, minted, outcomeOf, verdictsOf } from '../e2e/mint-outcome.ts'
import { policyVersions, type PolicyVersions } from '../e2e/policy-versions.ts'
import { sourceOf, type TestChange } from '../e2e/source.ts'
import { beginStatement, quarantinedAs, type Statement } from '../e2e/statement.ts'
import { canRun, type TestStack } from '../e2e/test-stack.ts'
import { applied, recorded } from '../e2e/timeline.ts'
import { missingRelease, releaseBefore, THIS_BUILD } from '../fleet/build.ts'
import { startFleet, type Fleet } from '../fleet/fleet.ts'
import { SERVICES } from '../fleet/replica.ts'
import { startProber, type Prober } from '../recovery/prober.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { takeBroker, type StackBroker } from '../setup/stack-broker.ts'

const SET_UP_WITHIN_MS = 600_000
const STEP_WITHIN_MS = 240_000
const CLOSED_WITHIN_MS = 20_000
/** More subjects of a partition than a snapshot can omit without a confirmation. */
const TEAM = 12
const OFF = { status: 400, code: 'grant.invalid' }
const FRESH = { decision: 'allow', groups: 'fresh', entitlements: 'fresh' }
const PEOPLE = ['probe', 'fay', 'dan', 'erin', 'rita', 'walt', 'bob'] as const

const partition = (sub: string): number => partitionOf({ tenant: DEV_TENANT, iss: DEV_IDP, sub })
const groups = (subject: string, ...more: readonly string[]): TestChange => ({
  op: 'set',
  subject,
  claim: 'groups',
  value: ['staff', ...more],
})
const entitlements = (subject: string): TestChange => ({
  op: 'set',
  subject,
  claim: 'entitlements',
  value: ['staff'],
})
/** They are in a partition without any of the others. */
const team = ((): readonly string[] => {
  const taken = new Set<number>([0, ...PEOPLE.map(partition)])
  const free = PARTITIONS.find((each) => !taken.has(each))
  return Array.from({ length: 500 }, (_, n) => `team-${n}`)
    .filter((sub) => partition(sub) === free)
    .slice(0, TEAM)
})()

const missing = await missingRelease()

/** The release before stores each state, and this build continues with it. The tests are in that order. */
describe.runIf(canRun && missing === undefined)('the states that the release before stored', () => {
  let broker: StackBroker
  let database: FreshDatabase
  let fleet: Fleet
  let stack: TestStack
  let cli: CliFolder
  let prober: Prober
  let ofHr: Statement
  let versions: PolicyVersions
  let doubtful: string
  let heldVersion: string

  beforeAll(async () => {
    const before = await releaseBefore()
    broker = await takeBroker()
    database = await freshDatabase({ migrated: false, max: 1 })
    fleet = await startFleet({
      build: before,
      buildOf: (name) => (name === 'sidecar:2' || !name.endsWith(':2') ? before : undefined),
      development: true,
      brokers: broker.brokers,
      databaseUrl: database.url,
    })
    stack = fleet.stack
    cli = await cliFolder(stack)
    prober = startProber(stack)
  }, SET_UP_WITHIN_MS)
  afterAll(async () => {
    await prober?.[Symbol.asyncDispose]()
    await cli?.dispose()
    await fleet?.[Symbol.asyncDispose]()
    await database?.drop()
    await broker?.free()
  })

  /** HR sends a change of the groups of a subject, and only the subject can be read. */
  async function writeDoubtful(subject: string): Promise<string> {
    const kafka = kafkaOf(stack)
    const { change } = parseChangeEvent(await sourceOf(stack, 'hr').event(groups(subject)))
    const text = `SELECT coalesce(max(number), 0) + 1 AS next FROM stamp WHERE source = 'hr' AND partition = $1`
    const at = partition(subject)
    const { rows } = await database.db.query<{ next: bigint }>({ name: '', text }, [at])
    const stamp = { partition: at, number: rows[0]?.next ?? 1n }
    const key = await signingKeyOf(stack, 'hr')
    const record = { ...encodeChange(change, {}), value: Buffer.from('{') }
    await kafka.writer().append(CHANGES_TOPIC, at, [await signRecord(record, stamp, key)])
    await kafka.close()
    return change.id
  }
  async function forbid(
    subject: string,
    because: string,
    token: string,
    isTokenAlone?: true,
  ): Promise<void> {
    const fromMs = performance.now()
    prober.forbid({ subject, because, token, fromMs, ...(isTokenAlone && { isTokenAlone }) })
  }

  it(
    'are planted: accounts, a deletion, a denial, a withdrawn value, a doubt, a held and an open snapshot',
    async () => {
      const [hr, iga] = [sourceOf(stack, 'hr'), sourceOf(stack, 'iga')]
      for (const subject of PEOPLE)
        await hr.send(subject === 'walt' ? groups(subject, 'contractors') : groups(subject))
      for (const subject of [...PEOPLE, ...team]) await iga.send(entitlements(subject))
      await hr.send({ op: 'enabled', subject: 'fay' })
      const tokens = new Map<string, string>()
      for (const subject of ['dan', 'erin', 'rita', 'walt'])
        tokens.set(subject, (await minted(stack, { subject })).token)
      await applied(stack, await hr.send({ op: 'disabled', subject: 'dan' }))
      await forbid('dan', 'disabled', tokens.get('dan') ?? '')
      await applied(stack, await hr.send({ op: 'deleted', subject: 'erin' }))
      await forbid('erin', 'deleted', tokens.get('erin') ?? '')
      const denied = tokens.get('rita') ?? ''
      await askAuthority(stack, '/oauth/revoke', 'payments-web', { token: denied })
      await expect
        .poll(async () => (await verdictsOf(stack, denied)).map((each) => Object(each).decision))
        .not.toContain('allow')
      await forbid('rita', 'revoked', denied, true)
      const value = 'contractors'
      await applied(stack, await hr.send({ op: 'value-withdrawn', claim: 'groups', value }))
      doubtful = await writeDoubtful('bob')
      await expect.poll(() => quarantinedAs(cli, doubtful)).toBe('event.malformed')
      const held = await beginStatement(stack, 'iga')
      heldVersion = String(Date.now())
      await held.send(...PEOPLE.map(entitlements))
      const end = await held.end()
      await expect.poll(() => quarantinedAs(cli, end)).toBe('event.unconfirmed')
      ofHr = await beginStatement(stack, 'hr')
      await ofHr.send(groups('probe'))
      expect(await outcomeOf(stack, { subject: 'dan' })).toMatchObject(OFF)
      expect(await outcomeOf(stack, { subject: 'erin' })).toMatchObject(OFF)
    },
    STEP_WITHIN_MS,
  )

  it(
    'stay in force while each service is replaced in the order of docs/upgrade.md',
    async () => {
      await fleet.prepare(THIS_BUILD)
      for (const service of SERVICES)
        for (const replica of fleet.of(service))
          if (service === 'sidecar' || !replica.plan.name.endsWith(':2'))
            await replica.restart(THIS_BUILD)
      expect(prober.letIn).toEqual([])
    },
    STEP_WITHIN_MS,
  )

  it(
    'let no revoked request in afterwards, and the others are served',
    async () => {
      const { token, claims } = await minted(stack, { subject: 'fay' })
      expect(claims).toMatchObject({ groups: ['staff'], entitlements: ['staff'] })
      await expect.poll(() => verdictsOf(stack, token)).toEqual(atEveryEdge(FRESH))
      expect((await minted(stack, { subject: 'walt' })).claims).toMatchObject({ groups: ['staff'] })
      expect(await outcomeOf(stack, { subject: 'dan' })).toMatchObject(OFF)
      expect(await outcomeOf(stack, { subject: 'erin' })).toMatchObject(OFF)
      expect(await outcomeOf(stack, { subject: 'bob' })).toMatchObject({ code: 'mint.doubtful' })
      // The lease of a halted source can last a while yet.
      await expect
        .poll(() => outcomeOf(stack, { subject: team[0] ?? '' }), { timeout: CLOSED_WITHIN_MS })
        .toMatchObject({ status: 503 })
    },
    STEP_WITHIN_MS,
  )

  it(
    'include a snapshot that is held until its source confirms it',
    async () => {
      const iga = sourceOf(stack, 'iga')
      const event = await iga.event({ op: 'snapshot-end', sourceVersion: heldVersion })
      const data = { ...(event['data'] as object), confirm: true }
      expect(await iga.post({ ...event, data })).toMatchObject({ status: 202 })
      const subject = team[0] ?? ''
      const { value } = await until('the snapshot has ended', CLOSED_WITHIN_MS, async () => {
        const outcome = await outcomeOf(stack, { subject })
        return 'code' in outcome && outcome.status === 503 ? undefined : outcome
      })
      expect(value).not.toMatchObject({ claims: { entitlements: ['staff'] } })
    },
    STEP_WITHIN_MS,
  )

  it(
    'include an open snapshot, which an activation that gives its source a claim voids',
    async () => {
      versions = policyVersions(stack, cli)
      await versions.next((registry) => registry.setIn(['claims', 'entitlements', 'source'], 'hr'))
      const end = await ofHr.end()
      await expect.poll(() => quarantinedAs(cli, end)).toBe('event.statement')
      expect(await outcomeOf(stack, { subject: 'fay' })).toMatchObject({ status: 503 })
    },
    STEP_WITHIN_MS,
  )

  it(
    'end with a file of the new source that states each account',
    async () => {
      const account = { dan: 'disabled', erin: 'deleted' } as Readonly<Record<string, string>>
      const kept = PEOPLE.filter((subject) => subject !== 'erin')
      const lines = [
        ...[...PEOPLE, ...team].map((subject) => ({
          subject,
          account: account[subject] ?? 'enabled',
        })),
        ...[...kept.map((subject) => groups(subject)), ...kept.map(entitlements)].map(
          ({ subject, claim, value }) => ({ subject, claim, value }),
        ),
      ]
      const file = join(cli.dir, 'people.jsonl')
      await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'))
      const by = ['--source', 'hr', '--registry', versions.file(), '--confirm']
      expect(await cli.freshet('source', 'resync', file, ...by)).toMatchObject({ code: 0 })
      const { token } = await minted(stack, { subject: 'fay' })
      await expect.poll(() => verdictsOf(stack, token)).toEqual(atEveryEdge(FRESH))
      expect(await outcomeOf(stack, { subject: 'dan' })).toMatchObject(OFF)
      expect(await outcomeOf(stack, { subject: 'erin' })).toMatchObject(OFF)
      expect(prober.letIn).toEqual([])
    },
    STEP_WITHIN_MS,
  )

  it(
    'include the floor of a deletion: an account that comes back has none of its old values',
    async () => {
      prober.pardon('erin')
      await recorded(stack, await sourceOf(stack, 'hr').send({ op: 'enabled', subject: 'erin' }))
      expect(await outcomeOf(stack, { subject: 'erin' })).not.toMatchObject({
        claims: { groups: ['staff'] },
      })
    },
    STEP_WITHIN_MS,
  )

  it('control: the prober detects each allowed request', async () => {
    const { token } = await minted(stack, { subject: 'fay' })
    await forbid('fay', 'accused', token)
    await expect
      .poll(() => [...new Set(prober.letIn.map(({ way }) => way))])
      .toEqual(expect.arrayContaining(['mint', 'introspection', 'edge', 'second edge']))
    expect(stack.deaths).toEqual([])
  })
})
