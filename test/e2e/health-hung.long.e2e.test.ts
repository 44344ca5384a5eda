import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenCanary, probedBySteps, type BrokenCanary } from './health/broken-canary.ts'
import {
  editHeartbeats,
  healthWorld,
  STARTED_WITHIN_MS,
  type HealthWorld,
} from './health/health-world.ts'
import { cutOffEdge } from './health/cut-off-edge.ts'
import { burningBudget, clockAhead, goneEdge, spentBudget } from './health/lasting-plants.ts'
import { STATE_WITHIN_MS } from './health/planted-states.ts'
import { down, hung, hungBroker, hungDatabase, type Plant } from './health/plants.ts'
import { foundByReadiness } from './health/readiness.ts'
import type { Shown } from './health/surfaces.ts'
import { nameOf } from './health/verdict.ts'
import { canRun, processOf, startWithOwnServers, type TestStack } from './test-stack.ts'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'

const OBJECTIVE = 'reduce-complete-30s'
/** Probes begin half a minute after the start of their console. A round in which each breaks takes a minute and a half. */
const PROBED_WITHIN_MS = 360_000
/** Pages and commands count objectives every few seconds. */
const COUNTED = { timeout: 60_000 }

/** Beside the faults of health.e2e.test.ts, on a stack that probes. Some stop the broker and Postgres of the stack. */
describe.runIf(canRun)('each other planted fault is one verdict on every surface', () => {
  let world: HealthWorld
  let canary: BrokenCanary
  let stopProbing: (() => Promise<void>) | undefined
  beforeAll(async () => {
    const stack = await startWithOwnServers({
      probes: true,
      editRegistry: (registry) => {
        editHeartbeats(registry)
        probedBySteps(registry)
      },
    })
    world = await healthWorld(stack, 'states-hung')
    canary = await brokenCanary(stack, world.surfaces)
  }, STARTED_WITHIN_MS)
  afterAll(async () => {
    await stopProbing?.()
    await canary[Symbol.asyncDispose]()
    await world.stop()
  }, STARTED_WITHIN_MS)

  it(
    'a spent budget changes no verdict: the objectives show it',
    async () => {
      const { cli, page, states, table, stack } = world
      const report = () => cli.freshet('slo', 'report', '--fail-on-breach')
      expect(await report()).toMatchObject({ code: 0 })
      const end = await spentBudget(stack, OBJECTIVE)()
      await expect.poll(report, COUNTED).toMatchObject({ code: 10 })
      if (page !== undefined)
        await expect.poll(() => page.counts(), COUNTED).toContain('1 breached')
      const isMeant = ({ status }: Shown): boolean => status.state === 'fresh'
      const { shown } = await states.untilSame({ isMeant, sinceMs: performance.now() })
      table.add('a budget is spent', { shown, afterMs: {} })
      await end()
    },
    STATE_WITHIN_MS,
  )

  it.each<[planted: string, first: string, plant: (of: TestStack) => Plant]>([
    ['a budget burns', `degraded: budgetFast ${OBJECTIVE}`, burning],
    ['reconciler down', 'not-fresh: serviceDown reconciler', (of) => down(of, 'reconciler')],
    ['reconciler hung', 'not-fresh: serviceDown reconciler', (of) => hung(of, 'reconciler')],
    ['gateway hung', 'not-fresh: serviceDown gateway', (of) => hung(of, 'gateway')],
    ['authority down', 'degraded: serviceDown authority', (of) => down(of, 'authority')],
    ['edge paused', 'degraded: serviceDown sidecar:2', (of) => hung(of, 'sidecar:2')],
    ['source iga silent', 'not-fresh: sourceSilent iga', (of) => hung(of, 'source:iga')],
    ['source security silent', 'not-fresh: sourceSilent security', security],
    ['the database hangs', 'unknown: databaseAway database', databaseHangs],
    ['the broker hangs', 'not-fresh: lagUnknown broker', brokerHangs],
  ])(
    '%s: %s',
    async (planted, first, plant) =>
      void (await world.states.showsAlone(planted, first, plant(world.stack))),
    STATE_WITHIN_MS,
  )

  it(
    'an edge without the broker, whose process lives, is the cause, and no source is',
    async () => {
      const first = 'degraded: edgeGone sidecar:2'
      const plant = cutOffEdge(world.stack, world.surfaces, 'sidecar:2')
      const { causes } = await world.states.shows('edge cut off from the broker', first, plant)
      const named = causes.flatMap((cause) => [cause, ...(cause.symptoms ?? [])]).map(nameOf)
      expect(named.filter((name) => name.startsWith('source'))).toEqual([])
    },
    STATE_WITHIN_MS,
  )

  it(
    'a console that hangs is the cause of an unknown state; its next start probes through the proxies',
    async () => {
      const thaw = await hung(world.stack, 'console')()
      await world.states.showsAway('console hung')
      await thaw()
      // Its questions to the services passed their time limit while it hung: that is no verdict on them.
      const named = new Set<string>()
      await world.states.untilVerdict(({ state, causes }) => {
        for (const cause of causes) named.add(nameOf(cause))
        return state !== 'unknown'
      })
      expect([...named].filter((name) => name.startsWith('serviceDown'))).toEqual([])
      await world.states.untilUsable()
      const probing = await probeWith(world.stack, canary.probeEdges)
      stopProbing = async () => probing[Symbol.asyncDispose]()
      await world.page?.logIn()
      await world.states.untilUsable()
    },
    STATE_WITHIN_MS,
  )

  it(
    'the canary breaks at each step, and every surface names each of them',
    async () => {
      const { states, table } = world
      const end = await canary.plant()
      const awaited = { isMeant: canary.isShownBy, sinceMs: performance.now() }
      const agreed = await states.untilSame({ ...awaited, withinMs: PROBED_WITHIN_MS })
      for (const { step, isMeant } of canary.steps)
        table.add(`canary broken at ${step}`, agreed, isMeant)
      await end()
      await states.untilUsable()
    },
    2 * PROBED_WITHIN_MS,
  )

  // These stay for an hour, and explain what follows from them: they come last.
  it.each<[planted: string, cause: string, plant: (of: HealthWorld) => Plant]>([
    ['the clock of a source is ahead', 'clockOff hr', ({ stack }) => clockAhead(stack)],
    ['an edge ended', 'edgeGone sidecar:gone', ({ stack, surfaces }) => goneEdge(stack, surfaces)],
  ])(
    '%s: a cause is %s',
    async (planted, cause, plant) => {
      const [finding = '', object = ''] = cause.split(' ')
      await world.states.showsAlso(planted, { finding, object }, plant(world))
    },
    STATE_WITHIN_MS,
  )
})

/** Starts the console of a stack again, as one that shows its probes to these edges. */
async function probeWith(stack: TestStack, probeEdges: string): Promise<AsyncDisposable> {
  const { plan } = processOf(stack, 'console')
  await processOf(stack, 'console').stop()
  const env = { ...plan.env, FRESHET_PROBE_EDGES: probeEdges }
  const started = new ManagedProcess({ ...plan, env }, () => {})
  await started.start()
  return { [Symbol.asyncDispose]: () => started.stop() }
}

function databaseHangs(stack: TestStack): Plant {
  const check = { service: 'console', check: 'postgres' } as const
  return foundByReadiness(stack, check, hungDatabase(stack))
}

function brokerHangs(stack: TestStack): Plant {
  const check = { service: 'reconciler', check: 'kafka' } as const
  return foundByReadiness(stack, check, hungBroker(stack))
}

function burning(stack: TestStack): Plant {
  return burningBudget(stack, OBJECTIVE)
}

function security(stack: TestStack): Plant {
  return hung(stack, 'source:security')
}
