import { copyPartition, emptyPartition, type PartitionState } from './database.ts'
import { FAULTS_MS, PARTITIONS, type Mix, type Rules } from './mix.ts'
import { randomOf, type Random } from './random.ts'
import type { Change, ClaimSource, Entry, SourceName } from './record.ts'
import { Schedule, type Steps } from './schedule.ts'
import { Signer } from './signer.ts'
import { Topic } from './topic.ts'

/** Real time of the model at its start, so that incarnations can be Unix seconds. */
export const EPOCH_MS = 1_800_000_000_000

/** A token of the model: the state behind its mint, and the truth that it did not know. */
export interface Token {
  readonly partition: number
  readonly scope: string
  /** The owner of the scope. */
  readonly owner: ClaimSource
  readonly account: string
  readonly e: bigint
  readonly s: number
  readonly c: number
  readonly seen: Readonly<Record<string, number>>
  readonly expiresAtMs: number
}

export interface Violation {
  readonly kind:
    | 'unsafe'
    | 'stuck'
    | 'late'
    | 'refused'
    | 'view'
    | 'forged'
    | 'replayed'
    | 'unready'
  readonly atMs: number
  readonly what: string
}

/** Everything of one run. Processes hold nothing else but their own memory. */
export interface World {
  readonly rules: Rules
  readonly mix: Mix
  readonly schedule: Schedule
  readonly random: Readonly<Record<'steps' | 'faults' | 'work' | 'broker', Random>>
  readonly changes: readonly Topic<Change>[]
  readonly revocations: readonly Topic<Entry>[]
  readonly signer: Signer
  /** The commit time of each loss of a scope at its source, in real time; the index is the ordinal. */
  readonly losses: Map<string, number[]>
  readonly tokens: Token[]
  readonly violations: Violation[]
  readonly seenFaults: Map<string, number>
  readonly skewMs: Record<SourceName, number> & { readonly edges: number[] }
  db: PartitionState[]
  /** It rises with each restore: earlier connections are broken. */
  dbEpoch: number
  readonly trace: string[]
}

export function worldOf(seed: number, rules: Rules, mix: Mix): World {
  const work = randomOf(seed, 'work')
  const skew = (): number => work.between(-1_000, 1_000)
  const hr = skew()
  return {
    rules,
    mix,
    schedule: new Schedule(),
    random: {
      steps: randomOf(seed, 'steps'),
      faults: randomOf(seed, 'faults'),
      work,
      broker: randomOf(seed, 'broker'),
    },
    changes: PARTITIONS.map(() => new Topic<Change>()),
    revocations: PARTITIONS.map(() => new Topic<Entry>()),
    signer: new Signer(),
    losses: new Map(),
    tokens: [],
    violations: [],
    seenFaults: new Map(),
    skewMs: { hr, neighbour: hr, sec: skew(), edges: [skew(), skew(), skew()] },
    db: PARTITIONS.map(emptyPartition),
    dbEpoch: 0,
    trace: [],
  }
}

export function isFaulty(world: World): boolean {
  return world.schedule.nowMs < FAULTS_MS
}

/** A delay that a fault causes does not outlive the faults. */
export function untilHealed(world: World, delayMs: number): number {
  return Math.min(delayMs, Math.max(1, FAULTS_MS - world.schedule.nowMs))
}

/** Returns the real time; every process adds its own skew. */
export function realMs(world: World): number {
  return EPOCH_MS + world.schedule.nowMs
}

export function note(world: World, fault: string, detail = ''): void {
  world.seenFaults.set(fault, (world.seenFaults.get(fault) ?? 0) + 1)
  if (world.trace.length < 20_000) world.trace.push(`${world.schedule.nowMs} ${fault} ${detail}`)
}

export function violate(world: World, kind: Violation['kind'], what: string): void {
  world.violations.push({ kind, atMs: world.schedule.nowMs, what })
}

/**
 * Starts a process that can crash, with empty memory after, and pause between any two steps. Sources have a
 * durable journal and do not lose it: they only pause.
 */
export function spawn(world: World, name: string, start: () => Steps, canCrash = true): void {
  const { schedule, random, mix } = world
  const run = (steps: Steps): void => {
    const { done, value } = steps.next()
    if (done) return
    let delayMs = value
    if (isFaulty(world) && canCrash && random.faults.chance(mix.crash)) {
      note(world, 'crash', name)
      schedule.after(random.faults.between(200, 3_000), () => run(start()))
      return
    }
    if (isFaulty(world) && random.faults.chance(mix.pause)) {
      note(world, 'pause', name)
      delayMs = untilHealed(world, delayMs + random.faults.between(...mix.pauseMs))
    }
    schedule.after(delayMs, () => run(steps))
  }
  schedule.after(random.steps.below(300), () => run(start()))
}

/** A topic that was deleted and created again has lost everything, and counts from 0. */
const RECREATED = 1e9

/** Operations and faults: restores, lost tails, retention, rotation of keys. */
export function spawnMisfortune(world: World, retentionMs: number): void {
  const { schedule, random, mix } = world
  const copies: PartitionState[][] = []
  const every = (meanMs: number, fault: string, run: () => void): void => {
    const again = (): void => {
      if (!isFaulty(world)) return
      note(world, fault)
      run()
      schedule.after(random.faults.between(meanMs / 2, meanMs * 1.5), again)
    }
    if (meanMs > 0) schedule.after(random.faults.between(meanMs / 4, meanMs * 1.5), again)
  }
  every(mix.backupEveryMs, 'backup', () => copies.push(world.db.map(copyPartition)))
  every(mix.restoreEveryMs, 'restore', () => {
    const copy = copies.at(-1 - random.faults.below(Math.min(4, copies.length)))
    if (copy === undefined) return
    world.db = copy.map(copyPartition)
    world.dbEpoch += 1
  })
  every(mix.tailLossEveryMs, 'tail-loss', () =>
    random.faults.pick(world.revocations).loseTail(random.faults.between(1, 6)),
  )
  every(mix.changeTailLossEveryMs, 'change-tail-loss', () =>
    random.faults
      .pick(world.changes)
      .loseTail(random.faults.chance(mix.recreated) ? RECREATED : random.faults.between(1, 8)),
  )
  every(mix.keyEveryMs, 'key-rotation', () => {
    world.signer.kid += 1
    if (!random.faults.chance(0.4)) return
    note(world, 'key-revoked')
    world.signer.revokedBelow = world.signer.kid
  })
  const expire = (): void => {
    for (const topic of world.revocations) topic.expire(schedule.nowMs - retentionMs)
    schedule.after(1_000, expire)
  }
  expire()
}
