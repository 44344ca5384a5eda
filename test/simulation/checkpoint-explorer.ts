import { authority } from './authority.ts'
import { edge, placesOf, type EdgeRecord } from './edge.ts'
import {
  FAULTS_MS,
  HEAL_MS,
  PARTITIONS,
  READY_WITHIN_MS,
  RETENTION_MS,
  SILENT_START_MS,
  type Mix,
  type Rules,
} from './mix.ts'
import { publisher } from './publisher.ts'
import { reconciler } from './reconciler.ts'
import { source } from './source.ts'
import { spawn, spawnMisfortune, violate, worldOf, type Violation, type World } from './world.ts'

/** The results of one seed. */
export interface Run {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly faults: ReadonlyMap<string, number>
  readonly trace: readonly string[]
}

/** Kinds of violation that end a run early. */
const AT_ONCE: readonly Violation['kind'][] = ['unsafe', 'view', 'forged', 'replayed']

/** Runs one seed: faults, then a time to heal, and then the check that every edge is fresh. */
export function exploreCheckpoints(seed: number, rules: Rules, mix: Mix): Run {
  const world = worldOf(seed, rules, mix)
  const records = [0, 1, 2].map((at): EdgeRecord => ({
    at,
    freshAtMs: PARTITIONS.map(() => 0),
    healedAtMs: PARTITIONS.map(() => 0),
    caughtUp: PARTITIONS.map(() => false),
  }))
  spawn(world, 'hr', () => source(world, 'hr'), false)
  spawn(world, 'sec', () => source(world, 'sec'), false)
  for (const partition of PARTITIONS)
    for (const name of ['A', 'B', 'C']) {
      spawn(world, `publisher ${name}${partition}`, () => publisher(world, name, partition))
      if (name !== 'C') spawn(world, `reconciler ${name}`, () => reconciler(world, partition))
    }
  if (mix.neighbour) spawn(world, 'neighbour', () => source(world, 'neighbour'), false)
  spawn(world, 'authority', () => authority(world))
  for (const record of records) spawn(world, `edge ${record.at}`, () => edge(world, record))
  spawnMisfortune(world, RETENTION_MS)
  const isOver = (): boolean => world.violations.some(({ kind }) => AT_ONCE.includes(kind))
  world.schedule.runUntil(FAULTS_MS + HEAL_MS, isOver)
  if (!isOver()) checkHealed(world, records)
  world.schedule.runUntil(SILENT_START_MS + READY_WITHIN_MS, isOver)
  if (!isOver()) checkReady(world, records)
  return { seed, violations: world.violations, faults: world.seenFaults, trace: world.trace }
}

/** Checks that every edge has started again while all sources were silent. */
function checkReady(world: World, records: readonly EdgeRecord[]): void {
  for (const { at, caughtUp } of records)
    if (!caughtUp.every(Boolean))
      violate(world, 'unready', `edge ${at} is not ready: ${caughtUp.join()}`)
}

function checkHealed(world: World, records: readonly EdgeRecord[]): void {
  for (const { at, freshAtMs, healedAtMs } of records)
    for (const { partition, owner, slot } of placesOf(world)) {
      const healedMs = (healedAtMs[slot] ?? 0) - FAULTS_MS
      if (healedMs > world.mix.lateAfterMs)
        violate(world, 'late', `edge ${at} in ${partition} of ${owner}: ${healedMs} ms`)
      if ((freshAtMs[slot] ?? 0) < world.schedule.nowMs - 4_000)
        violate(world, 'stuck', `edge ${at} last fresh in ${partition} at ${freshAtMs[slot]}`)
    }
}
