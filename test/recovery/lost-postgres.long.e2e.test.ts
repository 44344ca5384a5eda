import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CHANGES_TOPIC } from '@freshet/wire'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { canRun, processOf } from '../e2e/test-stack.ts'
import { tablesNaming } from '../e2e/named-tables.ts'
import { sourceOf } from '../e2e/source.ts'
import { recorded } from '../e2e/timeline.ts'
import { backUp, restore } from './backup.ts'
import { beginDrill, type Drill } from './drill.ts'
import { done, startWorld, type World } from './world.ts'

const DRILL_WITHIN_MS = 240_000
const WITHIN_MS = 60_000
/** A subject that is erased after the backup. */
const ERASED = 'the-erased-subject'

/** The two losses share a stack, and each has people of its own. */
describe.runIf(canRun)('Postgres is lost', () => {
  let world: World
  let drill: Drill
  beforeAll(async () => {
    world = await startWorld()
  }, DRILL_WITHIN_MS)
  afterAll(async () => {
    await world?.stop()
    expect(world?.stack.deaths).toEqual([])
  })

  const reconciler = () => processOf(world.stack, 'reconciler')

  describe('a restore with changes that were acknowledged after the backup and not recorded', () => {
    let file: string
    beforeAll(async () => {
      drill = await beginDrill(world, 'younger')
    }, DRILL_WITHIN_MS)
    afterAll(() => drill?.[Symbol.asyncDispose]())

    /** Publishes and activates the same content under the next number, as an operator did after the backup. */
    async function activateSecond(): Promise<void> {
      const { registry } = world.stack.workspace
      const document = parseDocument(await readFile(registry, 'utf8'))
      document.set('version', 2)
      file = join(dirname(registry), 'registry-2.yaml')
      await writeFile(file, document.toString())
      await done(world.cli.freshet('registry', 'publish', file))
      const order = ['2', '--minimum', '2', '--reason', 'a test', '--wait']
      await done(world.cli.freshet('registry', 'activate', ...order))
    }

    /** Erases a subject whose account is deleted. An erasure is too early until its records are published. */
    async function erase(): Promise<void> {
      const words = ['subject', 'erase', ERASED, '--reason', 'request 4711', '--yes']
      await until('an erasure', WITHIN_MS, async () => {
        await done(world.cli.freshet(...words))
        return true
      })
    }

    /** Returns the tables that name the subject, watermarks apart: they keep its tokens stale. */
    async function naming(): Promise<readonly string[]> {
      const tables = await tablesNaming(world.stack, ERASED)
      return tables.filter((table) => table !== 'watermark')
    }

    it(
      'steps 1 to 3: the backup under running services lets no revoked request in',
      async () => {
        const hr = sourceOf(world.stack, 'hr')
        const groups = { op: 'set', subject: ERASED, claim: 'groups', value: ['staff'] } as const
        await recorded(world.stack, await hr.send(groups))
        await backUp(world.postgres, join(world.dir, 'younger'))
        await recorded(world.stack, await hr.send({ op: 'deleted', subject: ERASED }))
        await erase()
        expect(await naming()).toEqual([])
        await activateSecond()
        await reconciler().stop()
        await drill.sendUnderWay()
        await restore(world.postgres, join(world.dir, 'younger'))
        await done(world.run('freshet db migrate'))
        await reconciler().start()
        await drill.untilForbidden()
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )

    it('control: no request is served without the policy version that the backup lacks', async () => {
      expect(await drill.outcome()).toMatchObject({ status: 503 })
      expect((await world.run('freshet status')).code).toBe(10)
    })

    it(
      'steps 4 to 6: with that version everybody else is served',
      async () => {
        const paths = { 'registry.yaml': file }
        await done(world.run('freshet registry publish registry.yaml', paths))
        expect(await naming()).not.toEqual([])
        await erase()
        expect(await naming()).toEqual([])
        await drill.untilServed()
        await world.untilHealthy()
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )

    it('control: the prober detects each allowed request by each way', () =>
      drill.accuseEverybody())
  })

  describe('and the topic has lost the changes after the backup', () => {
    beforeAll(async () => {
      drill = await beginDrill(world, 'older')
    }, DRILL_WITHIN_MS)
    afterAll(() => drill?.[Symbol.asyncDispose]())
    afterEach(() => expect(drill.letIn).toEqual([]))

    /** Deletes all records of the change topic up to now, as retention does. Heartbeats follow each second. */
    async function expire(): Promise<void> {
      const { kafka } = world
      for (const { partition, end } of await kafka.reader().bounds(CHANGES_TOPIC))
        await kafka.topics.dropBefore(CHANGES_TOPIC, partition, end)
    }

    it(
      'the backup under running services lets no revoked request in',
      async () => {
        await backUp(world.postgres, join(world.dir, 'older'))
        for (const id of await drill.sendUnderWay()) await recorded(world.stack, id)
        await expire()
        await drill.untilForbidden()
        await restore(world.postgres, join(world.dir, 'older'))
        await expect.poll(() => drill.outcome()).toMatchObject({ status: 503 })
      },
      DRILL_WITHIN_MS,
    )

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
      'after the files of all sources everybody else is served',
      async () => {
        await world.resync()
        await drill.untilServed()
        await world.untilHealthy()
      },
      DRILL_WITHIN_MS,
    )
  })
})
