import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canRun, processOf, SIDECARS } from '../e2e/test-stack.ts'
import { recorded } from '../e2e/timeline.ts'
import { brokerWithClock } from './broker-clock.ts'
import { beginDrill, type Drill } from './drill.ts'
import { startWorld, type World } from './world.ts'

const DRILL_WITHIN_MS = 240_000
const CLOCK = pathToFileURL(join(import.meta.dirname, 'clock.mjs')).href
/** More than the tolerance of clocks, and less than the life of an assertion. */
const AHEAD_MS = 10_000

describe.runIf(canRun)('the clocks of the account source and of its gateway are ahead', () => {
  let dir: string
  let file: string
  let world: World
  let drill: Drill
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freshet-clock-'))
    file = join(dir, 'ahead')
    const ahead = { NODE_OPTIONS: `--import ${CLOCK}`, CLOCK_FILE: file }
    world = await startWorld((name) => (['gateway', 'source:hr'].includes(name) ? ahead : {}))
    drill = await beginDrill(world, 'clock')
  }, DRILL_WITHIN_MS)
  afterAll(async () => {
    await drill?.[Symbol.asyncDispose]()
    await world?.stop()
    await rm(dir, { recursive: true, force: true })
    expect(world?.stack.deaths).toEqual([])
  })

  it(
    'its heartbeats do not count, so no request is allowed, in spite of earlier accepted changes',
    async () => {
      await writeFile(file, String(AHEAD_MS))
      for (const id of await drill.sendUnderWay()) await recorded(world.stack, id)
      await drill.untilForbidden()
      await expect.poll(() => drill.outcome()).toMatchObject({ status: 503 })
      const { code, out } = await world.run('freshet status')
      expect(code).toBe(10)
      expect(out).toMatch(/clock/)
      expect(drill.letIn).toEqual([])
    },
    DRILL_WITHIN_MS,
  )

  it(
    'everybody else is served as soon as the clocks are set',
    async () => {
      await rm(file)
      await drill.untilServed()
      await world.untilHealthy()
      expect(drill.letIn).toEqual([])
    },
    DRILL_WITHIN_MS,
  )

  it('control: the prober detects each allowed request by each way', () => drill.accuseEverybody())
})

describe.runIf(canRun)(
  'the clocks of the broker, of the account source and of its gateway are ahead',
  () => {
    let dir: string
    let files: readonly string[]
    let world: World
    let drill: Drill
    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'freshet-clock-'))
      const [file, ofBroker] = [join(dir, 'ahead'), join(dir, 'broker-ahead')]
      files = [file, ofBroker]
      const ahead = { NODE_OPTIONS: `--import ${CLOCK}`, CLOCK_FILE: file }
      world = await startWorld(
        (name) => (['gateway', 'source:hr'].includes(name) ? ahead : {}),
        () => brokerWithClock(ofBroker),
      )
      drill = await beginDrill(world, 'broker')
    }, DRILL_WITHIN_MS)
    afterAll(async () => {
      await drill?.[Symbol.asyncDispose]()
      await world?.stop()
      await rm(dir, { recursive: true, force: true })
      expect(world?.stack.deaths).toEqual([])
    })

    it(
      'its heartbeats count, and no request is allowed, in spite of earlier accepted changes',
      async () => {
        await Promise.all(files.map((each) => writeFile(each, String(AHEAD_MS))))
        for (const id of await drill.sendUnderWay()) await recorded(world.stack, id)
        await drill.untilForbidden()
        const { code, out } = await world.run('freshet doctor')
        expect(code).not.toBe(0)
        expect(out).toMatch(/clock/)
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )

    it(
      'everybody else is served as soon as the clocks are set and the edges are started again',
      async () => {
        await Promise.all(files.map((each) => rm(each)))
        for (const name of SIDECARS) {
          await processOf(world.stack, name).stop()
          await processOf(world.stack, name).start()
        }
        await drill.untilServed()
        await world.untilHealthy()
        expect(drill.letIn).toEqual([])
      },
      DRILL_WITHIN_MS,
    )

    it('control: the prober detects each allowed request by each way', () =>
      drill.accuseEverybody())
  },
)
