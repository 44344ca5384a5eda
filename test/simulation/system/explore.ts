import { drained } from '../kernel/kernel.ts'
import { rememberSignatures } from '../kernel/signatures.ts'
import { NOTHING_SPARED, type Spared } from '../kernel/strikes.ts'
import { Host, type Process, type WallClock } from '../kernel/process.ts'
import { checkAtRest, unfinished, unconfirmed, unpublished } from './at-rest.ts'
import { D_MS } from './deployment.ts'
import { startAuthority } from './authorities.ts'
import { castOf, type Cast } from './cast.ts'
import { startClients } from './clients.ts'
import { restart, setClock, startDisasters } from './disasters.ts'
import { startEdge } from './edges.ts'
import { startGateway } from './gateways.ts'
import { PRODUCT, type Guards } from './guards.ts'
import type { Mix } from './calm.ts'
import { startForeignOracle } from './foreign-oracle.ts'
import { startOracle } from './oracle.ts'
import { Operators } from './operators.ts'
import { startReconciler } from './reconcilers.ts'
import { startRegistryAuthority } from './registry-authorities.ts'
import { startRegistryClients } from './registry-clients.ts'
import { startRegistryOperators } from './registry-operators.ts'
import { startRegistrySource } from './registry-sources.ts'
import { startQuietTenants } from './quiet-tenants.ts'
import { startReplays } from './replays.ts'
import { startSource } from './sources.ts'
import { startThief } from './thief.ts'
import { startTokenService } from './token-service.ts'
import { checkTruthAtRest, startTruthOracle } from './truth-oracle.ts'
import { nameIn, publishPolicy, violate, worldOf, type Violation, type World } from './world.ts'

rememberSignatures()

/** Processes start, and the policy becomes active, before the first fault. */
const READY_MS = 1_000
const POLL_MS = 250
/** Everything is sent; edges have this time to apply it. */
const SETTLE_MS = 2_000
/** Every source had a heartbeat so recently: a version that is deployed restarts the gateways. */
const LATELY_MS = 2_500

const PROCESSES: readonly (readonly [string, (world: World, process: Process) => void])[] = [
  ['gateway-a', startGateway],
  ['gateway-b', startGateway],
  ['reconciler-a', startReconciler],
  ['reconciler-b', startReconciler],
  ['authority-a', startAuthority],
  ['authority-b', startAuthority],
  ['edge-a', startEdge],
  ['edge-b', startEdge],
]

/** The results of one seed. */
export interface Run {
  readonly seed: number
  readonly violations: readonly Violation[]
  /** The number of strikes of each kind of fault. */
  readonly faults: ReadonlyMap<string, number>
  /** SHA-256 over all events. */
  readonly hash: string
  readonly events: number
  readonly lines: readonly string[]
  /** The numbers of the strikes that happened. */
  readonly strikes: readonly number[]
}

/** The settings for the run of a seed. */
export interface Plan {
  readonly seed: number
  readonly mix: Mix
  /** Default: all guards of the product. */
  readonly guards?: Guards
  /** Default: the cast of the seed. */
  readonly cast?: Cast
  /** The strikes that are left out; default: none. */
  readonly spared?: Spared
  /** True to keep the trace for a reader. */
  readonly isTraceKept?: boolean
}

/** Runs one seed: a quiet start, a time of faults, a time to heal, and the checks at rest. */
export async function explore({
  seed,
  mix,
  guards = PRODUCT,
  cast = castOf(seed),
  spared = NOTHING_SPARED,
  isTraceKept = false,
}: Plan): Promise<Run> {
  await drained()
  const world = worldOf(seed, { mix, guards, cast, spared, isTraceKept })
  const { kernel, faults, violations } = world
  const isBroken = (): boolean => violations.length > 0
  void publishPolicy(world)
  startHosts(world)
  await kernel.runUntil(READY_MS, isBroken)
  const tenants = [world, ...world.neighbours]
  for (const each of tenants) startTenant(each)
  const quiet = mix.quiet > 0 ? startQuietTenants(world) : undefined
  faults.isOver = false
  startDisasters(world)
  await kernel.runUntil(READY_MS + mix.faultsMs, isBroken)
  heal(world)
  await settle(world, isBroken)
  if (quiet !== undefined && !isBroken()) await finish(world, quiet.checkAtRest())
  for (const each of tenants)
    if (!isBroken())
      await finish(each, mix.registryEveryMs > 0 ? checkTruthAtRest(each) : checkAtRest(each))
  const run = {
    seed,
    violations: [...violations],
    faults: faults.seen,
    hash: kernel.trace.hash(),
    events: kernel.trace.count,
    lines: [...kernel.trace.lines],
    strikes: faults.strikes.happened,
  }
  kernel.end()
  return run
}

/** Starts the actors of one tenant, and the checks of its promises. */
function startTenant(world: World): void {
  if (world.mix.registryEveryMs > 0) return startRegistryTenant(world)
  for (const journal of world.journals)
    startSource(world, journal, clockOf(world, nameIn(world, journal.source)))
  startClients(world)
  startThief(world)
  if (world.mix.foreign > 0) startTokenService(world)
  new Operators(world).start()
  startReplays(world)
  startOracle(world)
  if (world.mix.foreign > 0) startForeignOracle(world)
}

/** The actors and the oracle of a tenant whose registry changes. */
function startRegistryTenant(world: World): void {
  for (const journal of world.journals) {
    const wall = clockOf(world, journal.source)
    world.walls.set(journal.source, wall)
    startRegistrySource(world, journal, wall)
  }
  startRegistryOperators(world)
  startRegistryClients(world)
  startTruthOracle(world)
}

function clockOf(world: World, name: string): WallClock {
  const wall: WallClock = { offsetMs: 0 }
  setClock(world, { name, wall })
  return wall
}

function startHosts(world: World): void {
  for (const [name, start] of PROCESSES) {
    if (world.cast.without.has(name)) continue
    const host: Host = new Host(name, world.kernel, clockOf(world, name), (process) => {
      process.onDeath(() => restart(world, host))
      if (world.mix.registryEveryMs > 0 && start === startAuthority)
        startRegistryAuthority(world, process)
      else start(world, process)
    })
    world.hosts.push(host)
    host.start()
  }
}

/** Ends the faults: cuts are removed, and no process pauses any longer than it must. */
function heal(world: World): void {
  const { kernel, faults, cut, full, hosts, mix } = world
  kernel.log('ORACLE', 'faults end')
  faults.isOver = true
  cut.there.clear()
  cut.back.clear()
  full.clear()
  if (mix.lies > 0) world.liesUntilMs = kernel.nowMs + D_MS
  if (mix.wrongMs > 0) for (const { wall } of hosts) wall.offsetMs = 0
}

/**
 * Waits until everything is sent by the end of the time to heal. A partition with a recent heartbeat then has
 * D from there to reach the edges, whatever the clocks show.
 */
async function settle(world: World, isBroken: () => boolean): Promise<void> {
  const { kernel, mix } = world
  const healedMs = kernel.nowMs
  const endMs = healedMs + mix.healMs
  const until = async (
    byMs: number,
    left: () => Promise<readonly string[]>,
  ): Promise<readonly string[]> => {
    let now = await left()
    while (now.length > 0 && kernel.nowMs < byMs && !isBroken()) {
      await kernel.runUntil(kernel.nowMs + POLL_MS, isBroken)
      now = await left()
    }
    return now
  }
  const isSettled =
    (await until(endMs, () => unfinished(world, healedMs + mix.skewMs))).length === 0
  const settledMs = kernel.nowMs
  const appliedByMs = isSettled ? Math.max(endMs, settledMs + 2 * mix.skewMs + D_MS) : endMs
  const [first] = await until(appliedByMs, async () => [
    ...(await unfinished(world, Math.max(healedMs + mix.skewMs, kernel.nowMs - LATELY_MS))),
    ...unpublished(world, settledMs + mix.skewMs),
    ...unconfirmed(world, settledMs),
  ])
  if (first !== undefined && !isBroken()) violate(world, 'V1', `long after the faults: ${first}`)
  await kernel.runUntil(kernel.nowMs + SETTLE_MS, isBroken)
}

/** Runs until some work that awaits events is done. */
async function finish({ kernel, mix }: World, work: Promise<void>): Promise<void> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  await kernel.runUntil(kernel.nowMs + mix.healMs, () => isDone)
  await done
}
