import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sourceOf } from '../e2e/source.ts'
import { canRun, processOf, stateProbe } from '../e2e/test-stack.ts'
import { recorded } from '../e2e/timeline.ts'
import { mint } from '../e2e/token.ts'
import { removeTopics } from '../setup/stack-broker.ts'
import { backUp, restore } from './backup.ts'
import { beginDrill, type Drill } from './drill.ts'
import { done, startWorld, type World } from './world.ts'

const DRILL_WITHIN_MS = 240_000
const SOURCES = ['source:security', 'source:hr', 'source:iga'] as const
const IN_REGION = ['gateway', 'reconciler', 'authority', 'console', ...SOURCES] as const

/** The tests are in the order of the steps of docs/recovery.md. */
describe.runIf(canRun)('a region is lost with both stores', () => {
  let world: World
  let drill: Drill
  let kid: string
  beforeAll(async () => {
    world = await startWorld()
    drill = await beginDrill(world, 'region')
  }, DRILL_WITHIN_MS)
  afterAll(async () => {
    await drill?.[Symbol.asyncDispose]()
    await world?.stop()
    expect(world?.stack.deaths).toEqual([])
  })

  const start = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) await processOf(world.stack, name).start()
  }
  const kidOf = (token: string): string => {
    const [header = ''] = token.split('.')
    return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid
  }

  it(
    'with changes, and the denial of a key by an operator, that were recorded after the backup',
    async () => {
      const { stack, postgres, dir, cli } = world
      await backUp(postgres, join(dir, 'region'))
      for (const id of await drill.sendUnderWay()) await recorded(stack, id)
      kid = kidOf(await mint(stack, 'probe'))
      await done(cli.freshet('cut-off', 'key', kid, '--yes', '--wait', 'applied'))
      for (const name of IN_REGION) await processOf(stack, name).stop('SIGKILL')
      await removeTopics(stack.at.brokers)
      await drill.untilForbidden()
      expect(drill.letIn).toEqual([])
    },
    DRILL_WITHIN_MS,
  )

  it(
    'steps 1 to 3: the stores are restored while authorities and heartbeats stay stopped',
    async () => {
      await restore(world.postgres, join(world.dir, 'region'))
      await done(world.run('freshet db migrate'))
      await done(world.run('freshet topic apply'))
      await done(world.run('freshet topic verify'))
      await start('gateway', 'reconciler')
    },
    DRILL_WITHIN_MS,
  )

  it(
    'step 4: each source resyncs without authorities and consoles',
    () => world.resync(),
    DRILL_WITHIN_MS,
  )

  it(
    'step 5: an operator repeats the lost denial',
    async () => {
      await done(world.run('freshet cut-off key KID --yes', { KID: kid }))
    },
    DRILL_WITHIN_MS,
  )

  it(
    'step 6: everybody else is served, by another key',
    async () => {
      await start(...SOURCES, 'authority', 'console')
      await drill.untilServed()
      expect(kidOf(await mint(world.stack, 'probe'))).not.toBe(kid)
      // Until its next change, the age of the lines of a file counts as the clock of their source.
      await stateProbe(world.stack)
      const nobody = { op: 'deny', scope: 'session', target: 'session-nobody' }
      await sourceOf(world.stack, 'security').send(nobody)
      await world.untilHealthy()
      expect(drill.letIn).toEqual([])
    },
    DRILL_WITHIN_MS,
  )

  it('control: the prober detects each allowed request by each way', () => drill.accuseEverybody())
})
