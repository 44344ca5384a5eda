import { FreshetError } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import type { Intake } from '@freshet/intake'
import { MemoryDatabase } from '@freshet/memory'
import { randomOf, type Random } from '../random.ts'
import { Schedule } from '../schedule.ts'
import { ChangeLog } from './change-log.ts'
import { FAULTS, FAULTS_MS, type GatewayRules } from './rules.ts'
import type { Journal } from './journal.ts'

/** Real time of the model at its start. */
const EPOCH_MS = 1_795_514_400_000

export interface Violation {
  /**
   * The kinds of violation:
   * - `lost`: an event was answered, and is not in the topic.
   * - `vouched`: a heartbeat covers an event that is not there.
   * - `twice`: a number was given to two events.
   * - `stuck`: an event is not done long after the last fault.
   * - `unaccounted`: an event was recorded without an outcome, or has an outcome and was not recorded.
   * - `copied`: an event was appended again although no fault struck.
   * - `broken`: an error that no fault explains.
   */
  readonly kind: 'lost' | 'vouched' | 'twice' | 'unaccounted' | 'stuck' | 'copied' | 'broken'
  readonly atMs: number
  readonly what: string
}

/** One life of a gateway, from its start until it crashes. */
export interface Life {
  readonly name: string
  isOver: boolean
  /** Starts the next life. */
  readonly onEnd: () => void
}

export interface Gateway {
  readonly life: Life
  readonly intake: Intake
}

/** Everything of one run. */
export interface GatewayWorld {
  readonly rules: GatewayRules
  readonly schedule: Schedule
  readonly random: Readonly<Record<'steps' | 'faults' | 'work', Random>>
  readonly timer: Timer
  readonly database: MemoryDatabase
  readonly log: ChangeLog
  readonly journals: readonly Journal[]
  readonly gateways: Map<string, Gateway>
  readonly violations: Violation[]
  readonly seenFaults: Map<string, number>
  /** The life of the database in which a number was given to an event: `source partition number id`. */
  readonly stampedIn: Map<string, number>
  /** Grows with each restore. */
  databaseLife: number
  /** No fault strikes before the first policy version is active. */
  isReady: boolean
}

export function gatewayWorld(
  seed: number,
  rules: GatewayRules,
  journals: readonly Journal[],
): GatewayWorld {
  const schedule = new Schedule()
  const nowMs = (): number => EPOCH_MS + schedule.nowMs
  const timer: Timer = {
    nowMs,
    monotonicMs: () => schedule.nowMs,
    sleep: (ms) => new Promise((resolve) => schedule.after(ms, resolve)),
  }
  const violations: Violation[] = []
  return {
    rules,
    schedule,
    random: {
      steps: randomOf(seed, 'gateway steps'),
      faults: randomOf(seed, 'gateway faults'),
      work: randomOf(seed, 'gateway work'),
    },
    timer,
    database: new MemoryDatabase(),
    log: new ChangeLog(nowMs),
    journals,
    gateways: new Map(),
    violations,
    seenFaults: new Map(),
    stampedIn: new Map(),
    databaseLife: 0,
    isReady: false,
  }
}

export function violate(world: GatewayWorld, kind: Violation['kind'], what: string): void {
  world.violations.push({ kind, atMs: world.schedule.nowMs, what })
}

export function note(world: GatewayWorld, fault: string): void {
  world.seenFaults.set(fault, (world.seenFaults.get(fault) ?? 0) + 1)
}

export function isFaulty(world: GatewayWorld): boolean {
  return world.isReady && world.schedule.nowMs < FAULTS_MS
}

/** Returns true with the given probability, while faults strike. */
export function strikes(world: GatewayWorld, probability: number): boolean {
  const canStrike = isFaulty(world) && world.rules.faults === 'strike'
  return canStrike && world.random.faults.chance(probability)
}

/**
 * A point at which other processes continue, and this one can crash or pause. After a crash it never
 * resolves, and the process's waiting code is forgotten with it.
 */
export async function cross(world: GatewayWorld, life: Life, point: string): Promise<void> {
  await world.timer.sleep(world.random.steps.between(1, 12))
  if (!life.isOver && strikes(world, FAULTS.crash)) {
    note(world, `crash ${point}`)
    life.isOver = true
    life.onEnd()
  }
  if (strikes(world, FAULTS.pause)) {
    note(world, 'pause')
    await world.timer.sleep(world.random.faults.between(...FAULTS.pauseMs))
  }
  if (life.isOver) await new Promise<never>(() => undefined)
}

/** Errors that a fault explains; every other error is a mistake of the product. */
const EXPLAINED: readonly string[] = [
  'broker.unavailable',
  'database.unavailable',
  'database.serialization',
  'event.sequence',
  'event.unacknowledged',
]

/** Returns whether a fault explains the error, and otherwise reports it. */
export function explain(world: GatewayWorld, error: unknown): void {
  if (error instanceof FreshetError && EXPLAINED.includes(error.code)) return
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
  violate(world, 'broken', `${String(error)} ${cause}`)
}
