import { startGateway } from './gateways.ts'
import { journals } from './journal.ts'
import { unfinished, watchTopic } from './oracle.ts'
import { startRecorder } from './recorder.ts'
import { FAULTS, FAULTS_MS, HEAL_MS, type GatewayRules } from './rules.ts'
import { startSource } from './sources.ts'
import {
  gatewayWorld,
  isFaulty,
  note,
  violate,
  type GatewayWorld,
  type Violation,
} from './world.ts'

const BACKUPS_MAX = 3
const POLL_MS = 250

/** The results of one seed. */
export interface GatewayRun {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly faults: ReadonlyMap<string, number>
}

/**
 * Runs one seed: the product's gateways and recorder over a database in memory and a broker of the model. It
 * has faults, then a time to heal, and then the check that everything was sent and recorded.
 */
export async function exploreGateway(seed: number, rules: GatewayRules): Promise<GatewayRun> {
  const world = gatewayWorld(seed, rules, journals())
  watchTopic(world)
  await startRecorder(world)
  startGateway(world, 'A')
  startGateway(world, 'B')
  await runUntil(world, 1_000)
  world.isReady = true
  for (const journal of world.journals) startSource(world, journal)
  if (rules.faults === 'strike') keepRestoring(world)
  await runUntil(world, FAULTS_MS)
  await heal(world)
  return { seed, violations: world.violations, faults: world.seenFaults }
}

async function heal(world: GatewayWorld): Promise<void> {
  const endMs = FAULTS_MS + HEAL_MS
  for (let atMs = FAULTS_MS; unfinished(world).length > 0 && atMs < endMs; atMs += POLL_MS)
    await runUntil(world, atMs + POLL_MS)
  const [first] = unfinished(world)
  if (first !== undefined && world.violations.length === 0) violate(world, 'stuck', first)
}

/** One event at a time: all of its effects end before the next is due. */
async function runUntil({ schedule, violations }: GatewayWorld, endMs: number): Promise<void> {
  while (violations.length === 0 && schedule.runNext(endMs)) await settle()
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function keepRestoring(world: GatewayWorld): void {
  const { schedule, random, database } = world
  const backups = [database.backup()]
  const keep = (backup: () => Promise<void>): void => {
    backups.push(backup)
    if (backups.length > BACKUPS_MAX) backups.shift()
  }
  const every = (meanMs: number, work: () => void): void => {
    const again = (): void => {
      if (!isFaulty(world)) return
      work()
      schedule.after(random.faults.between(meanMs / 2, meanMs * 1.5), again)
    }
    schedule.after(random.faults.between(meanMs / 2, meanMs * 1.5), again)
  }
  every(FAULTS.backupEveryMs, () => keep(database.backup()))
  every(FAULTS.restoreEveryMs, () => {
    note(world, 'restore')
    world.databaseLife += 1
    void random.faults.pick(backups)()
  })
}
