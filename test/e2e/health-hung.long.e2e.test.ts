import { afterAll, beforeAll, describe, it } from 'vitest'
import { clockAhead, down, goneEdge, hung, hungBroker, hungDatabase } from './health-faults.ts'
import { editHeartbeats, healthWorld, type HealthWorld, type Plant } from './health-world.ts'
import { canRun, startWithOwnServers } from './test-stack.ts'

/** The faults beside those of health.e2e.test.ts. Some stop the broker and Postgres of the stack. */
describe.runIf(canRun)('each other planted fault is one verdict on every surface', () => {
  let world: HealthWorld
  beforeAll(async () => {
    world = await healthWorld(await startWithOwnServers(editHeartbeats))
  })
  afterAll(() => world.stop())

  it.each<[fault: string, first: string, plant: (of: HealthWorld) => Plant]>([
    ['gateway hung', 'not-fresh: serviceDown gateway', (of) => hung(of, 'gateway')],
    ['reconciler down', 'not-fresh: serviceDown reconciler', (of) => down(of, 'reconciler')],
    ['reconciler hung', 'not-fresh: serviceDown reconciler', (of) => hung(of, 'reconciler')],
    ['authority down', 'degraded: serviceDown authority', (of) => down(of, 'authority')],
    ['edge paused', 'degraded: serviceDown sidecar:2', (of) => hung(of, 'sidecar:2')],
    ['source iga silent', 'not-fresh: sourceSilent iga', (of) => hung(of, 'source:iga')],
    [
      'source security silent',
      'not-fresh: sourceSilent security',
      (of) => hung(of, 'source:security'),
    ],
    ['the database hangs', 'unknown: consoleBlind console', hungDatabase],
    ['the broker hangs', 'not-fresh: lagUnknown broker', hungBroker],
  ])('%s: %s', (fault, first, plant) => world.shows(fault, first, plant(world)))

  it('console hung: the command line calls the state unknown, because of the console', () =>
    world.isAway('console hung', hung(world, 'console')))

  // These stay for an hour, or until an operator acts: they come last.
  it('the clock of a source is ahead', () =>
    world.shows('clock ahead', 'degraded: clockOff hr', clockAhead(world), false))

  it('an edge ended without a report', async () => {
    await goneEdge(world)()
    await world.untilShown(({ causes }) =>
      causes.some((each) => each.finding === 'edgeGone' && each.object === 'sidecar:gone'),
    )
    await world.surfaces()
  })
})
