import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { down, forged, hung, locked } from './health-faults.ts'
import { editHeartbeats, healthWorld, type HealthWorld, type Plant } from './health-world.ts'
import { canRun, startTestStack } from './test-stack.ts'

/** The other faults are in health-hung.long.e2e.test.ts. */
describe.runIf(canRun)('a planted fault is one verdict on every surface', () => {
  let world: HealthWorld
  beforeAll(async () => {
    world = await healthWorld(await startTestStack(editHeartbeats))
  })
  afterAll(async () => {
    await world.stop()
    expect(world.stack.deaths).toEqual([])
  })

  it.each<[fault: string, first: string, plant: (of: HealthWorld) => Plant]>([
    ['gateway down', 'not-fresh: serviceDown gateway', (of) => down(of, 'gateway')],
    ['a partition is locked', 'not-fresh: partitionPaused Partition 3', locked],
    ['authority hung', 'degraded: serviceDown authority', (of) => hung(of, 'authority')],
    ['edge killed', 'degraded: serviceDown sidecar:2', (of) => down(of, 'sidecar:2')],
    ['source hr silent', 'not-fresh: sourceSilent hr', (of) => hung(of, 'source:hr')],
  ])('%s: %s', (fault, first, plant) => world.shows(fault, first, plant(world)))

  it('console down: the command line calls the state unknown, because of the console', () =>
    world.isAway('console down', down(world, 'console')))

  // It stays until an operator acts: it comes last.
  it('a record without proof is in quarantine', async () => {
    await forged(world)()
    await world.untilShown(({ causes }) =>
      causes.some(({ finding }) => finding === 'parkedNotMeant'),
    )
    await world.surfaces()
  })
})
