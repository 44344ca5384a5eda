import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { canRun, processOf } from '../e2e/test-stack.ts'
import { removeTopics } from '../setup/stack-broker.ts'
import { beginDrill, type Drill } from './drill.ts'
import { done, startWorld, type World } from './world.ts'

const DRILL_WITHIN_MS = 240_000

/** The tests are in the order of the steps of docs/recovery.md. */
describe.runIf(canRun)('the topics are lost with changes that were acknowledged', () => {
  let world: World
  let drill: Drill
  beforeAll(async () => {
    world = await startWorld()
    drill = await beginDrill(world, 'topics')
  }, DRILL_WITHIN_MS)
  afterAll(async () => {
    await drill?.[Symbol.asyncDispose]()
    await world?.stop()
    expect(world?.stack.deaths).toEqual([])
  })

  /** Writes the first version again under another number. */
  async function versionOf(version: number): Promise<string> {
    const { registry } = world.stack.workspace
    const document = parseDocument(await readFile(registry, 'utf8'))
    document.set('version', version)
    const file = join(dirname(registry), `registry-${version}.yaml`)
    await writeFile(file, document.toString())
    return file
  }
  async function activate(version: number, ...more: readonly string[]): Promise<void> {
    await done(world.cli.freshet('registry', 'publish', await versionOf(version)))
    const order = ['activate', String(version), '--minimum', String(version), '--reason', 'a test']
    await done(world.cli.freshet('registry', ...order, ...more))
  }

  it('a restore with an activation among them', async () => {
    await processOf(world.stack, 'reconciler').stop()
    await drill.sendUnderWay()
    await activate(2)
    await removeTopics(world.stack.at.brokers)
    await drill.untilForbidden()
    expect(drill.letIn).toEqual([])
  })

  it(
    'steps 1 and 2: new topics under running services let no revoked request in',
    async () => {
      await done(world.run('freshet topic apply'))
      await done(world.run('freshet topic verify'))
      await processOf(world.stack, 'reconciler').start()
      expect(await drill.outcome()).toMatchObject({ status: 503 })
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
    'steps 3 and 4: after the files of all sources and the next policy version everybody else is served',
    async () => {
      await world.resync()
      const versions = await done(world.run('freshet registry versions'))
      expect(versions).toMatch(/^2 /m)
      expect((await world.run('freshet status')).out).toContain('policy version 1')
      await activate(3, '--wait')
      await drill.untilServed()
      await world.untilHealthy()
      expect(drill.letIn).toEqual([])
    },
    DRILL_WITHIN_MS,
  )

  it('control: the prober detects each allowed request by each way', () => drill.accuseEverybody())
})
