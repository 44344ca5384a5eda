import type { Edge } from '@freshet/edge'
import { MemoryDatabase, memoryLog, type MemoryLog } from '@freshet/memory'
import { CHANGES_TOPIC, QUARANTINE_TOPIC, REVOCATIONS_TOPIC } from '@freshet/events'
import { PARTITIONS } from '@freshet/domain'
import { QUARANTINE_PARTITIONS } from '@freshet/reconciler'
import { EDGE_REPORT_PARTITIONS } from '@freshet/edge'
import { EDGE_REPORTS_TOPIC } from '@freshet/events'
import { Faults } from '../kernel/faults.ts'
import { EPOCH_MS, Kernel } from '../kernel/kernel.ts'
import { Link, type Cut, type Service } from '../kernel/link.ts'
import type { Host, Process } from '../kernel/process.ts'
import { policyOf, type Policy } from './deployment.ts'
import type { Door } from './gateways.ts'
import type { Journal } from './journal.ts'
import type { Guards } from './guards.ts'
import type { Mix } from './mixes.ts'
import type { MintedByUs } from './authorities.ts'
import { Truth, type Claimed } from './truth.ts'

/** A broken promise. */
export interface Violation {
  readonly invariant: string
  readonly atMs: number
  readonly what: string
}

/** A token that a client holds. */
export interface HeldToken extends Claimed {
  readonly jwt: string
  readonly expMs: number
}

/** Everything of one run. Processes share nothing but database and broker. */
export interface World {
  readonly kernel: Kernel
  readonly mix: Mix
  readonly guards: Guards
  readonly faults: Faults
  readonly cut: Cut
  readonly database: MemoryDatabase
  readonly log: MemoryLog
  readonly truth: Truth
  readonly journals: readonly Journal[]
  readonly hosts: Host[]
  /** What answers at a host while it runs. */
  readonly gateways: Map<string, Door>
  readonly authorities: Map<string, MintedByUs>
  readonly edges: Map<string, Edge>
  readonly tokens: HeldToken[]
  /** The policy version that processes load when they start; and what each host has loaded. */
  readonly policy: { version: number; readonly loaded: Map<string, number> }
  /** When each source last read its clock for a heartbeat, in true time. */
  readonly spokeMs: Map<string, number>
  /** What each source is while it runs: it never dies, but it may fall silent. */
  readonly sources: Process[]
  /** When an edge first called a claim of a token stale, as `jti claim`, but for its incarnation. */
  readonly staleSince: Map<string, number>
  /** Ids of changes whose records the broker lost after it had acknowledged them. */
  readonly lost: Set<string>
  readonly violations: Violation[]
}

/** An empty world: topics exist, nothing runs. */
export function worldOf(
  seed: number,
  { mix, guards, isTold }: { readonly mix: Mix; readonly guards: Guards; readonly isTold: boolean },
): World {
  const kernel = new Kernel(seed, isTold)
  const log = memoryLog(() => EPOCH_MS + kernel.nowMs)
  log.createTopic(CHANGES_TOPIC, PARTITIONS.length)
  log.createTopic(REVOCATIONS_TOPIC, PARTITIONS.length)
  log.createTopic(QUARANTINE_TOPIC, QUARANTINE_PARTITIONS)
  log.createTopic(EDGE_REPORTS_TOPIC, EDGE_REPORT_PARTITIONS)
  return {
    kernel,
    mix,
    guards,
    faults: new Faults(mix, kernel),
    cut: { there: new Map(), back: new Map() },
    database: new MemoryDatabase(),
    log,
    truth: new Truth(),
    journals: [
      { source: 'hr', isDense: false, entries: [] },
      { source: 'iga', isDense: true, entries: [] },
      { source: 'security', isDense: true, entries: [] },
    ],
    hosts: [],
    gateways: new Map(),
    authorities: new Map(),
    edges: new Map(),
    tokens: [],
    policy: { version: 1, loaded: new Map() },
    spokeMs: new Map(),
    sources: [],
    staleSince: new Map(),
    lost: new Set(),
    violations: [],
  }
}

/** What a process loads when it starts. */
export function loadPolicy({ policy }: World, { name }: Process): Policy {
  policy.loaded.set(name, policy.version)
  return policyOf(policy.version)
}

/** The way of a process to a service. */
export function linkOf(world: World, process: Process, service: Service): Link {
  return new Link(process, service, world.faults, world.cut)
}

export function violate(world: World, invariant: string, what: string): void {
  world.kernel.tell('ORACLE', `${invariant}: ${what}`)
  world.violations.push({ invariant, atMs: world.kernel.nowMs, what })
}
