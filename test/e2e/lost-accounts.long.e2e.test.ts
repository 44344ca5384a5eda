import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Status } from '@freshet/insight/answers'
import { CONTROL_PARTITION } from '@freshet/protocol'
import { CHANGES_TOPIC, encodeChange, parseChangeEvent, signRecord } from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'
import { createDatabase, type Database } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cliFolder, type CliFolder, type Ended } from './cli.ts'
import { kafkaOf, signingKeyOf } from './direct-world.ts'
import { atEveryEdge, minted, outcomeOf, verdictsOf } from './mint-outcome.ts'
import { sourceOf, type TestSource } from './source.ts'
import { canRun, processOf, startTestStack, type TestStack } from './test-stack.ts'
import { recorded } from './timeline.ts'

const SUBJECTS = ['probe', 'alice', 'bob', 'carl', 'dora'] as const
const IN_DOUBT = { status: 503, code: 'mint.doubtful' }
const UNVERIFIED = { status: 503, code: 'mint.unverified' }
const OFF = { status: 400, code: 'grant.invalid' }
const FRESH = { decision: 'allow', groups: 'fresh', entitlements: 'fresh' }

/** The content of a file of HR. */
interface HrState {
  readonly states: 'claims' | 'claims and accounts'
  /** Subjects whose accounts are disabled: they have no claim of HR. */
  readonly off: readonly string[]
  /** Subjects that the file does not have. Default: none. */
  readonly without?: readonly string[]
}

describe.runIf(canRun)('a lost event of the account source', () => {
  let stack: TestStack
  let cli: CliFolder
  let kafka: Kafka
  let db: Database
  let hr: TestSource
  beforeAll(async () => {
    stack = await startTestStack((registry) => {
      registry.setIn(['sources', 'iga', 'heartbeat'], '1s')
      registry.setIn(['sources', 'iga', 'lease'], '5s')
    })
    cli = await cliFolder(stack)
    kafka = kafkaOf(stack)
    db = createDatabase({ url: stack.at.databaseUrl, max: 1, applicationName: 'freshet-test' })
    hr = sourceOf(stack, 'hr')
    const value = ['staff']
    for (const subject of SUBJECTS) {
      await sourceOf(stack, 'iga').send({ op: 'set', subject, claim: 'entitlements', value })
      await recorded(stack, await hr.send({ op: 'set', subject, claim: 'groups', value }))
    }
  })
  afterAll(async () => {
    await Promise.all([cli?.dispose(), kafka?.close(), db?.close()])
    await stack?.stop()
    expect(stack?.deaths).toEqual([])
  })

  /** Sends the state of HR by the CLI: it has neither a claim nor an account of the subjects that are `without`. */
  async function sendState(
    verb: 'load' | 'resync',
    { states, off, without = [] }: HrState,
  ): Promise<Ended> {
    const path = join(cli.dir, `hr-${performance.now()}.jsonl`)
    const here = SUBJECTS.filter((subject) => !without.includes(subject))
    const accounts = here.map((subject) => ({
      subject,
      account: off.includes(subject) ? 'disabled' : 'enabled',
    }))
    const claims = here
      .filter((subject) => !off.includes(subject))
      .map((subject) => ({ subject, claim: 'groups', value: ['staff'] }))
    const lines = states === 'claims' ? claims : [...accounts, ...claims]
    await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'))
    return cli.freshet('source', verb, path, '--source', 'hr')
  }

  /** Waits until heartbeats of HR from this time on count in every partition of subjects. */
  async function untilSent(sinceMs: number): Promise<void> {
    const text = `SELECT min(coalesce(through_ms, 0))::text AS least FROM feed WHERE source = 'hr' AND partition <> $1`
    await expect
      .poll(async () => {
        const { rows } = await db.query<{ least: string | null }>({ name: '', text }, [
          CONTROL_PARTITION,
        ])
        return Number(rows[0]?.least)
      })
      .toBeGreaterThan(sinceMs)
  }

  /** Waits for some heartbeats after a snapshot: whatever it ended is ended at every edge, too. */
  const someHeartbeats = (): Promise<void> => untilSent(Date.now() + 1_500)

  const untilUnverified = (token: string): Promise<void> =>
    expect
      .poll(() => verdictsOf(stack, token))
      .toEqual(
        atEveryEdge(expect.objectContaining({ decision: 'deny', entitlements: 'unverified' })),
      )
  /** Returns a token that every edge calls fresh. */
  const freshOf = async (subject: string): Promise<string> => {
    const { token } = await minted(stack, { subject })
    await expect.poll(() => verdictsOf(stack, token)).toEqual(atEveryEdge(FRESH))
    return token
  }

  async function statusOfHr(): Promise<string | undefined> {
    const { out } = await cli.freshet('status', '-o', 'json')
    const { sources } = JSON.parse(out) as Status
    return sources.find(({ source }) => source === 'hr')?.standing
  }

  describe('a record that is authentic and has no readable subject', () => {
    let ofBob: string
    let ofCarl: string

    /** HR disables bob, and the record of it cannot be read. */
    async function writeUnreadable(): Promise<void> {
      const { change } = parseChangeEvent(await hr.event({ op: 'disabled', subject: 'bob' }))
      const text = `SELECT coalesce(max(number), 0) + 1 AS next FROM stamp WHERE source = 'hr' AND partition = $1`
      const { rows } = await db.query<{ next: bigint }>({ name: '', text }, [CONTROL_PARTITION])
      const stamp = { partition: CONTROL_PARTITION, number: rows[0]?.next ?? 1n }
      const broken = { ...encodeChange(change, {}), key: null, value: Buffer.from('{') }
      const record = await signRecord(broken, stamp, await signingKeyOf(stack, 'hr'))
      await kafka.writer().append(CHANGES_TOPIC, CONTROL_PARTITION, [record])
    }

    it('makes every claim unverified, and a load of claims alone does not end that', async () => {
      ofBob = await freshOf('bob')
      ofCarl = await freshOf('carl')
      await writeUnreadable()
      await untilUnverified(ofBob)
      const { code } = await sendState('load', { states: 'claims', off: ['bob'] })
      expect(code).toBe(0)
      await someHeartbeats()
      expect(await outcomeOf(stack, { subject: 'bob' })).toMatchObject(UNVERIFIED)
      await untilUnverified(ofBob)
      expect(await statusOfHr()).not.toBe('live')
    })

    it('is made good by a load that states each account', async () => {
      const stated = { states: 'claims and accounts', off: ['bob'], without: ['carl'] } as const
      expect(await sendState('load', stated)).toMatchObject({ code: 0 })
      await freshOf('alice')
      expect(await outcomeOf(stack, { subject: 'bob' })).toMatchObject(OFF)
      expect(await verdictsOf(stack, ofBob)).not.toContainEqual(
        expect.objectContaining({ decision: 'allow' }),
      )
    })

    it('leaves an account in doubt that the load does not state, and its older tokens stale', async () => {
      expect(await outcomeOf(stack, { subject: 'carl' })).toMatchObject(IN_DOUBT)
      expect(await verdictsOf(stack, ofCarl)).toEqual(
        atEveryEdge(expect.objectContaining({ decision: 'deny', groups: 'stale' })),
      )
      const stated = { states: 'claims and accounts', off: ['bob'] } as const
      expect(await sendState('load', stated)).toMatchObject({ code: 0 })
      await freshOf('carl')
    })
  })

  describe('that was acknowledged and not recorded when the change topic was lost', () => {
    it('leaves every claim unverified after a resync of claims alone', async () => {
      await minted(stack, { subject: 'dora' })
      await processOf(stack, 'reconciler').stop()
      await hr.send({ op: 'disabled', subject: 'dora' })
      await kafka.topics.remove([CHANGES_TOPIC])
      await expect.poll(async () => (await cli.freshet('topic', 'apply')).code).toBe(0)
      expect(await cli.freshet('topic', 'verify')).toMatchObject({ code: 0 })
      await processOf(stack, 'reconciler').start()
      await untilSent(Date.now())
      expect(await statusOfHr()).not.toBe('live')
      const { code } = await sendState('resync', { states: 'claims', off: ['bob', 'dora'] })
      expect(code).toBe(0)
      await someHeartbeats()
      expect(await outcomeOf(stack, { subject: 'dora' })).toMatchObject(UNVERIFIED)
      expect(await statusOfHr()).not.toBe('live')
    })

    it('is made good by a resync that states each account', async () => {
      const stated = { states: 'claims and accounts', off: ['bob', 'dora'] } as const
      expect(await sendState('resync', stated)).toMatchObject({ code: 0 })
      await freshOf('alice')
      expect(await outcomeOf(stack, { subject: 'dora' })).toMatchObject(OFF)
      expect(await statusOfHr()).toBe('live')
    })
  })
})
