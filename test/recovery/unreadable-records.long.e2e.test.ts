import { CONTROL_PARTITION, partitionOf } from '@freshet/protocol'
import { CHANGES_TOPIC, encodeChange, parseChangeEvent, signRecord } from '@freshet/wire'
import { createDatabase } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { signingKeyOf } from '../e2e/direct-world.ts'
import { sourceOf, type TestChange } from '../e2e/source.ts'
import { canRun } from '../e2e/test-stack.ts'
import { beginDrill, type Drill } from './drill.ts'
import { done, startWorld, type World } from './world.ts'

const DRILL_WITHIN_MS = 240_000

/** The tests are in the order of the steps of docs/recovery.md. */
describe.runIf(canRun)(
  'the records of a disabled account, a restriction and two cut-offs are unreadable',
  () => {
    let world: World
    let drill: Drill
    beforeAll(async () => {
      world = await startWorld()
      drill = await beginDrill(world, 'unreadable')
    }, DRILL_WITHIN_MS)
    afterAll(async () => {
      await drill?.[Symbol.asyncDispose]()
      await world?.stop()
      expect(world?.stack.deaths).toEqual([])
    })

    /** A source sends a change, and its record has the right stamp and a body of which nothing can be read. */
    async function writeUnreadable(
      source: 'hr' | 'iga' | 'security',
      change: TestChange,
    ): Promise<void> {
      const { stack, kafka } = world
      const { subject } = change
      const partition =
        source === 'iga' && subject !== undefined
          ? partitionOf({ tenant: DEV_TENANT, iss: DEV_IDP, sub: subject })
          : CONTROL_PARTITION
      const parsed = parseChangeEvent(await sourceOf(stack, source).event(change))
      const stamp = { partition, number: await nextNumber(source, partition) }
      const broken = { ...encodeChange(parsed.change, {}), key: null, value: Buffer.from('{') }
      const record = await signRecord(broken, stamp, await signingKeyOf(stack, source))
      await kafka.writer().append(CHANGES_TOPIC, partition, [record])
    }
    async function nextNumber(source: string, partition: number): Promise<bigint> {
      const { databaseUrl: url } = world.stack.at
      await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
      const text = `SELECT coalesce(max(complete), 0) + 1 AS next FROM feed WHERE source = $1 AND partition = $2`
      const { rows } = await db.query<{ next: bigint }>({ name: '', text }, [source, partition])
      return rows[0]?.next ?? 1n
    }

    it(
      'lets no revoked request in',
      async () => {
        await drill.sendUnderWay(writeUnreadable)
        await drill.untilForbidden()
        expect(await drill.outcome()).toMatchObject({ status: 503 })
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )

    it('step 1: the quarantine names each record and its partition', async () => {
      const listed = await done(world.run('freshet quarantine ls --source hr'))
      expect(listed).toMatch(/event\.malformed/)
    })

    it(
      'control: no request is served after a snapshot of the account source without accounts',
      async () => {
        await world.truth.writeFiles(world.cli.dir)
        const people = { 'people.jsonl': 'claims.jsonl' }
        await done(world.run('freshet source resync people.jsonl --source hr', people))
        expect(await drill.outcome()).toMatchObject({ status: 503 })
      },
      DRILL_WITHIN_MS,
    )

    it(
      'step 2: after the files of the sources everybody else is served',
      async () => {
        await world.resync()
        await drill.untilServed()
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )

    it(
      'step 3: dropped records leave nothing to do',
      async () => {
        await world.dropQuarantined()
        await world.untilHealthy()
      },
      DRILL_WITHIN_MS,
    )

    it('control: the prober detects each allowed request by each way', () =>
      drill.accuseEverybody())
  },
)
