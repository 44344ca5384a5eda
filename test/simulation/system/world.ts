import type { Edge } from '@freshet/edge'
import { MemoryDatabase, memoryLog, memoryVersionStore, type MemoryLog } from '@freshet/memory'
import {
  CHANGES_TOPIC,
  QUARANTINE_TOPIC,
  REVOCATIONS_TOPIC,
  type TimedSigningKey,
} from '@freshet/events'
import { PARTITIONS } from '@freshet/domain'
import { EDGE_REPORT_PARTITIONS, EDGE_REPORTS_TOPIC } from '@freshet/events'
import { Faults } from '../kernel/faults.ts'
import type { Spared } from '../kernel/strikes.ts'
import type { Cast } from './cast.ts'
import { EPOCH_MS, Kernel } from '../kernel/kernel.ts'
import { Link, type Cut, type Service } from '../kernel/link.ts'
import type { Host, Process } from '../kernel/process.ts'
import {
  AUDIENCE,
  crowdedPolicies,
  DIRECTORY,
  MOVING_POLICIES,
  NEIGHBOUR,
  POLICIES,
  SHARED_POLICIES,
  TENANT,
  type Policy,
} from './deployment.ts'
import { counted } from './edge-starts.ts'
import type { ForeignHeld } from './token-service.ts'
import { FOREIGN_POLICIES } from './foreign-policies.ts'
import type { LaggingEnd } from './lagging-end.ts'
import { fillable } from './full-disk.ts'
import type { Door } from './gateways.ts'
import { crowdOf } from './crowd.ts'
import { emptyJournals, type Journal } from './journal.ts'
import { firstKeys, type Keys } from './keys.ts'
import type { Guards } from './guards.ts'
import type { Note } from './marks.ts'
import type { Opened } from './operators.ts'
import type { Mix } from './calm.ts'
import type { MintedByUs } from './authorities.ts'
import { Truth, type Claimed, type Fact } from './truth.ts'

/** Who lies in a run in which sources lie: of themselves, and of nobody else. */
export const LIARS: readonly string[] = [DIRECTORY, 'iga']

/** Subjects of a second tenant. */
const NEIGHBOURS = 2

/** A broken promise. */
export interface Violation {
  readonly invariant: string
  readonly atMs: number
  readonly what: string
}

/** A claim that another source speaks for from then on. */
export interface Handover {
  readonly claim: string
  readonly from: string
  readonly atMs: number
  /** The policy version that says so: once it is in force, tokens of those before are over. */
  readonly pv: number
}

/** A token that a client holds. */
export interface HeldToken extends Claimed {
  readonly jwt: string
  readonly expMs: number
}

/**
 * Everything of one run, as far as a tenant can see. Processes share nothing but database and
 * broker; tenants share the processes.
 */
export interface World {
  readonly tenant: string
  /** The other tenants of the run. */
  readonly neighbours: World[]
  readonly kernel: Kernel
  readonly mix: Mix
  readonly guards: Guards
  readonly cast: Cast
  readonly faults: Faults
  /** Counts a rare way of the product that the run came by. */
  readonly note: Note
  readonly cut: Cut
  /** Until when a service has no room for anything new, in true time. */
  readonly full: Map<Service, number>
  /** By topic and partition: a leader shows less than it holds. */
  readonly laggingEnds: Map<string, LaggingEnd>
  readonly database: MemoryDatabase
  readonly log: MemoryLog
  readonly truth: Truth
  readonly journals: readonly Journal[]
  readonly hosts: Host[]
  /** What answers at a host while it runs. */
  readonly gateways: Map<string, Door>
  readonly authorities: Map<string, MintedByUs>
  readonly edges: Map<string, Edge>
  /** How many records were ever written to each partition of the revocation topic: in all, and when an edge started. */
  readonly written: ReadonlyMap<number, number>
  readonly edgeStarts: Map<string, ReadonlyMap<number, number>>
  readonly tokens: HeldToken[]
  /** Tokens that a partner minted. */
  readonly foreign: ForeignHeld[]
  /** Tokens of a thief with a life that no token may have. */
  readonly overlong: string[]
  /** The policy version that processes load when they start; and what each host has loaded. */
  readonly policy: { version: number; readonly loaded: Map<string, number> }
  readonly policies: readonly Policy[]
  /** When claims were given to another source. */
  readonly handovers: Handover[]
  readonly keys: Keys
  /** When each source last read its clock for a heartbeat, in true time. */
  readonly spokeMs: Map<string, number>
  /** By source, what its clock said for each heartbeat that was no lie: the true time of then. */
  readonly vouched: Map<string, Map<number, number>>
  /** Until when sources that lie are not believed by the oracle either; 0 where none does. */
  liesUntilMs: number
  /** By source: commits a fact there, for whoever finds out what it must say. */
  readonly voices: Map<string, (fact: Fact) => void>
  /** What each source is while it runs: it never dies, but it may fall silent. */
  readonly sources: Process[]
  /** When an edge first called a claim of a token stale, as `jti claim`, but for its incarnation. */
  readonly staleSince: Map<string, number>
  /** Of whom a source speaks besides, so that a statement of it may leave out too many. */
  readonly crowd: readonly string[]
  /** By source, since when a full statement of it waits to be confirmed. */
  readonly held: Map<string, number>
  /** By change, the key that signs it before it is published. */
  readonly early: Map<string, TimedSigningKey>
  /** By source: has it state all anew. */
  readonly restate: Map<string, () => void>
  /** Ids of orders of operators that are not answered yet. */
  readonly orders: Set<string>
  /** What operators ever opened. */
  readonly openings: Opened[]
  /** What sources forgot to tell until they stated all anew, as `source subject claim`. */
  readonly untold: Set<string>
  /** Ids of changes whose records the broker lost after it had acknowledged them. */
  readonly lost: Set<string>
  readonly violations: Violation[]
}

/** What a world is made of. */
export interface Setting {
  readonly mix: Mix
  readonly guards: Guards
  readonly cast: Cast
  readonly spared: Spared
  readonly isTold: boolean
}

/** An empty world: topics exist, nothing runs. */
export function worldOf(seed: number, { mix, guards, cast, spared, isTold }: Setting): World {
  const kernel = new Kernel(seed, isTold)
  const faults = new Faults(mix, kernel, spared)
  const full = new Map<Service, number>()
  const isFull = (service: Service): boolean => (full.get(service) ?? 0) > kernel.nowMs
  const written = new Map<number, number>()
  const log = fillable.log(
    counted(
      memoryLog(() => EPOCH_MS + kernel.nowMs),
      written,
    ),
    () => isFull('broker'),
  )
  log.createTopic(CHANGES_TOPIC, PARTITIONS.length)
  log.createTopic(REVOCATIONS_TOPIC, PARTITIONS.length)
  log.createTopic(QUARANTINE_TOPIC, PARTITIONS.length)
  log.createTopic(EDGE_REPORTS_TOPIC, EDGE_REPORT_PARTITIONS)
  const world: World = {
    tenant: TENANT,
    neighbours: [],
    kernel,
    mix,
    guards,
    cast,
    faults,
    note: (mark) => faults.count(mark),
    cut: { there: new Map(), back: new Map() },
    full,
    laggingEnds: new Map(),
    database: fillable.database(new MemoryDatabase(), () => isFull('database')),
    log,
    truth: new Truth(),
    journals: emptyJournals(TENANT),
    hosts: [],
    gateways: new Map(),
    authorities: new Map(),
    edges: new Map(),
    written,
    edgeStarts: new Map(),
    tokens: [],
    foreign: [],
    overlong: [],
    policy: { version: 1, loaded: new Map() },
    policies: policiesOf(mix),
    handovers: [],
    keys: firstKeys(),
    spokeMs: new Map(),
    vouched: new Map(),
    liesUntilMs: mix.lies > 0 ? Infinity : 0,
    voices: new Map(),
    sources: [],
    staleSince: new Map(),
    crowd: mix.crowd > 0 ? crowdOf(TENANT) : [],
    held: new Map(),
    early: new Map(),
    restate: new Map(),
    orders: new Set(),
    openings: [],
    untold: new Set(),
    lost: new Set(),
    violations: [],
  }
  if (mix.neighbour > 0) addNeighbour(world)
  return world
}

function policiesOf({ moves, neighbour, foreign, quiet }: Mix): readonly Policy[] {
  if (quiet > 0) return crowdedPolicies(quiet)
  if (foreign > 0) return FOREIGN_POLICIES
  if (moves > 0) return MOVING_POLICIES
  return neighbour > 0 ? SHARED_POLICIES : POLICIES
}

/** Few subjects, of names that the first tenant has too. */
function addNeighbour(world: World): void {
  const other: World = {
    ...world,
    tenant: NEIGHBOUR,
    neighbours: [world],
    cast: { ...world.cast, subjects: world.cast.subjects.slice(0, NEIGHBOURS) },
    truth: new Truth(),
    journals: emptyJournals(NEIGHBOUR),
    tokens: [],
    foreign: [],
    overlong: [],
    voices: new Map(),
    spokeMs: new Map(),
    vouched: new Map(),
    staleSince: new Map(),
    held: new Map(),
    early: new Map(),
    restate: new Map(),
    orders: new Set(),
    openings: [],
    untold: new Set(),
  }
  world.neighbours.push(other)
}

/** What somebody of this tenant is called among those of all. */
export function nameIn({ tenant }: World, name: string): string {
  return tenant === TENANT ? name : `${name} of ${tenant}`
}

/** What a process loads when it starts. */
export function loadPolicy(world: World, { name }: Process): Policy {
  const { version, loaded } = world.policy
  loaded.set(name, version)
  return policyAt(world, version)
}

/** What every process is started with that gets the later versions from the database. */
export function firstPolicy(world: World): Policy {
  return policyAt(world, 1)
}

function policyAt({ policies }: World, pv: number): Policy {
  const policy = policies[pv - 1]
  if (policy === undefined) throw new Error(`There is no policy version ${pv}.`)
  return policy
}

/** An operator publishes the policy version that is to be active next. */
export async function publishPolicy(world: World): Promise<void> {
  const { database, kernel, policy } = world
  const { hash, document } = policyAt(world, policy.version)
  const by = { by: 'operator', atMs: EPOCH_MS + kernel.nowMs }
  await memoryVersionStore(database).publish({ pv: policy.version, hash, document, ...by })
}

/** The sources that spoke for a claim, the latest last: more than one where it moved. */
export function speakersOf({ policies, policy }: World, claim: string): readonly string[] {
  const all = policies.slice(0, policy.version).map(({ registry }) => registry.claims.get(claim))
  return all.flatMap((registered) => registered?.source ?? [])
}

/** The claims that a source speaks for. */
export function claimsOf(world: World, source: string): readonly string[] {
  return AUDIENCE.claims.filter((claim) => speakersOf(world, claim).at(-1) === source)
}

/** Of which source's own claims something is promised now: not of one that lies, or has just lied. */
export function isPromised({ kernel, liesUntilMs }: World): (source: string) => boolean {
  return (source) => kernel.nowMs >= liesUntilMs || !LIARS.includes(source)
}

/** The way of a process to a service. */
export function linkOf(world: World, process: Process, service: Service): Link {
  return new Link(process, service, world.faults, world.cut)
}

export function violate(world: World, invariant: string, what: string): void {
  world.kernel.tell('ORACLE', `${invariant}: ${what}`)
  world.violations.push({ invariant, atMs: world.kernel.nowMs, what })
}
