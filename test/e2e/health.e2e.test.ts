import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  editHeartbeats,
  healthWorld,
  STARTED_WITHIN_MS,
  type HealthWorld,
} from './health/health-world.ts'
import { forged } from './health/lasting-plants.ts'
import { STATE_WITHIN_MS } from './health/planted-states.ts'
import { down, hung, locked, type Plant } from './health/plants.ts'
import { canRun, startTestStack, type TestStack } from './test-stack.ts'

/** The other faults are in health-hung.long.e2e.test.ts. */
describe.runIf(canRun)('a planted fault is one verdict on every surface', () => {
  let world: HealthWorld
  beforeAll(async () => {
    world = await healthWorld(await startTestStack(editHeartbeats), 'states')
  }, STARTED_WITHIN_MS)
  afterAll(async () => {
    await world.stop()
    expect(world.stack.deaths).toEqual([])
  }, STARTED_WITHIN_MS)

  it.each<[planted: string, first: string, plant: (of: TestStack) => Plant]>([
    ['gateway down', 'not-fresh: serviceDown gateway', (of) => down(of, 'gateway')],
    ['a partition is locked', 'not-fresh: partitionPaused Partition 3', lockedPartition],
    ['authority hung', 'degraded: serviceDown authority', (of) => hung(of, 'authority')],
    ['edge killed', 'degraded: serviceDown sidecar:2', (of) => down(of, 'sidecar:2')],
    ['source hr silent', 'not-fresh: sourceSilent hr', (of) => hung(of, 'source:hr')],
  ])(
    '%s: %s',
    async (planted, first, plant) =>
      void (await world.states.shows(planted, first, plant(world.stack))),
    STATE_WITHIN_MS,
  )

  it(
    'a console that is gone is the cause of an unknown state',
    async () => {
      const start = await down(world.stack, 'console')()
      await world.states.showsAway('console down')
      await start()
      await world.page?.logIn()
      await world.states.untilUsable()
    },
    STATE_WITHIN_MS,
  )

  // It stays until an operator acts: it comes last.
  it(
    'a record without proof: a cause is parkedNotMeant',
    async () => {
      const cause = { finding: 'parkedNotMeant', object: 'quarantine' }
      await world.states.showsAlso('a record without proof', cause, forged(world.stack))
    },
    STATE_WITHIN_MS,
  )
})

function lockedPartition(stack: TestStack): Plant {
  return locked(stack, 'progress WHERE partition = 3')
}
