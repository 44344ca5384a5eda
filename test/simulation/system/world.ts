import type { Edge } from '@freshet/edge'
import { MemoryDatabase, memoryLog, memoryVersionStore, type MemoryLog } from '@freshet/memory'
import {
  CHANGES_TOPIC,
  QUARANTINE_TOPIC,
  REVOCATIONS_TOPIC,
  type TimedSigningKey,
} from '@freshet/wire'
import { PARTITIONS } from '@freshet/protocol'
import { EDGE_REPORT_PARTITIONS, EDGE_REPORTS_TOPIC } from '@freshet/wire'
import { Faults } from '../kernel/faults.ts'
import type { Spared } from '../kernel/strikes.ts'
import type { Cast } from './cast.ts'
import { EPOCH_MS, Kernel } from '../kernel/kernel.ts'
import { Link, type Cut, type Service } from '../kernel/link.ts'
import type { Host, Process, WallClock } from '../kernel/process.ts'
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
import type { GatewayCalls } from './gateways.ts'
import { crowdOf } from './crowd.ts'
import { emptyJournals, providerOf, unnumberedJournals, type Journal } from './journal.ts'
import { firstKeys, type Keys } from './keys.ts'
import type { Guards } from './guards.ts'
import type { Issuer } from './registry-authorities.ts'
import { PostgresFloors } from './postgres-floors.ts'
import { FIRST_STATE } from './registry-state.ts'
import { RegistryTruth, type Issued } from './registry-truth.ts'
import { versionOf } from './registry-versions.ts'
import type { Note } from './marks.ts'
import type { Opened } from './operators.ts'
import type { Mix } from './calm.ts'
import type { MintedByUs } from './authorities.ts'
import { Truth, type Claimed, type Fact } from './truth.ts'

/** The sources that lie in a run with lies: about their own claims, and about no others. */
export const LIARS: readonly string[] = [DIRECTORY, 'iga']

/** Subjects of a second tenant. */
const NEIGHBOURS = 2

/** A broken promise. */
export interface Violation {
  readonly invariant: string
  readonly atMs: number
  readonly what: string
}

/** A claim that belongs to another source from then on. */
export interface Handover {
  readonly claim: string
  readonly from: string
  readonly atMs: number
  /** The policy version that moves it: once it is in force, tokens of earlier versions have ended. */
  readonly pv: number
}

/** A token that a client holds. */
export interface HeldToken extends Claimed {
  readonly jwt: string
  readonly expMs: number
}

/**
 * Everything of one run, as far as a tenant can see. Processes share only database and broker; tenants share
 * the processes.
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
  /** Counts a rare path of the product that the run reached. */
  readonly note: Note
  readonly cut: Cut
  /** The time until which a service has no room for new data, in true time. */
  readonly full: Map<Service, number>
  /** The leaders that show less than they hold, by topic and partition. */
  readonly laggingEnds: Map<string, LaggingEnd>
  readonly database: MemoryDatabase
  readonly log: MemoryLog
  readonly truth: Truth
  readonly journals: readonly Journal[]
  readonly hosts: Host[]
  /** The servers that answer at a host while it runs. */
  readonly gateways: Map<string, GatewayCalls>
  readonly authorities: Map<string, MintedByUs>
  readonly edges: Map<string, Edge>
  /**
   * The number of records that were ever written to each partition of the revocation topic: in all, and when
   * an edge started.
   */
  readonly written: ReadonlyMap<number, number>
  readonly edgeStarts: Map<string, ReadonlyMap<number, number>>
  readonly tokens: HeldToken[]
  /** Tokens that a partner minted. */
  readonly foreign: ForeignHeld[]
  /** Tokens of a thief with a life that no token can have. */
  readonly overlong: string[]
  /** The policy version that processes load when they start; and the version that each host has loaded. */
  readonly policy: { version: number; readonly loaded: Map<string, number> }
  readonly policies: Policy[]
  /** The truth of a run whose registry changes, its tokens, and its authorities. */
  readonly registry: RegistryTruth
  readonly issued: Issued[]
  readonly issuers: Map<string, Issuer>
  /** The ids of the outbox as Postgres gives and reads them, in a run with failovers. */
  readonly floors: PostgresFloors | undefined
  /** The clocks of its sources. */
  readonly walls: Map<string, WallClock>
  /** The moves of claims to another source. */
  readonly handovers: Handover[]
  readonly keys: Keys
  /** The time at which each source last read its clock for a heartbeat, in true time. */
  readonly spokeMs: Map<string, number>
  /** The heartbeats that were no lies, by source: the time by its clock, and the true time. */
  readonly vouched: Map<string, Map<number, number>>
  /** The time until which the oracle does not rely on lying sources either; 0 if none lies. */
  liesUntilMs: number
  /** Commits a fact at a source, by its name. */
  readonly voices: Map<string, (fact: Fact) => void>
  /** The processes of the sources: they never die, but they can become silent. */
  readonly sources: Process[]
  /**
   * The time at which an edge first called a claim of a token stale, as `jti claim`, unless for its
   * incarnation.
   */
  readonly staleSince: Map<string, number>
  /** Additional subjects of a source, so that its snapshot can leave out too many. */
  readonly crowd: readonly string[]
  /** The time since when a snapshot waits to be confirmed, by source. */
  readonly held: Map<string, number>
  /** The key that signs a change before it is published, by change. */
  readonly early: Map<string, TimedSigningKey>
  /** Sends a snapshot of the source, by source. */
  readonly restate: Map<string, () => void>
  /** Ids of operators' orders without an answer. */
  readonly orders: Set<string>
  /** The grants that operators ever gave. */
  readonly grants: Opened[]
  /** The facts that sources forgot to send until their snapshot, as `source subject claim`. */
  readonly unannounced: Set<string>
  /** Ids of changes whose records the broker lost after it had acknowledged them. */
  readonly lost: Set<string>
  readonly violations: Violation[]
}

/** The settings of a world. */
export interface Setting {
  readonly mix: Mix
  readonly guards: Guards
  readonly cast: Cast
  readonly spared: Spared
  readonly isTraceKept: boolean
}

/** Returns an empty world: topics exist, and no process runs. */
export function worldOf(seed: number, { mix, guards, cast, spared, isTraceKept }: Setting): World {
  const kernel = new Kernel(seed, isTraceKept)
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
  const database = fillable.database(new MemoryDatabase(), () => isFull('database'))
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
    database,
    floors:
      mix.failoverEveryMs > 0 ? new PostgresFloors(database, guards.floors ?? true) : undefined,
    log,
    truth: new Truth(),
    journals: mix.registryEveryMs > 0 ? unnumberedJournals(TENANT) : emptyJournals(TENANT),
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
    policies: [...policiesOf(mix)],
    registry: firstTruth(),
    issued: [],
    issuers: new Map(),
    walls: new Map(),
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
    grants: [],
    unannounced: new Set(),
    lost: new Set(),
    violations: [],
  }
  if (mix.neighbour > 0) addNeighbour(world)
  return world
}

function firstTruth(): RegistryTruth {
  const truth = new RegistryTruth(TENANT, providerOf)
  truth.versions.push({ pv: 1, state: FIRST_STATE, minimum: 0, orderedMs: 0, sinceMs: 0 })
  return truth
}

function policiesOf({ moves, neighbour, foreign, quiet, registryEveryMs }: Mix): readonly Policy[] {
  if (registryEveryMs > 0) return [versionOf(FIRST_STATE, 1, 0)]
  if (quiet > 0) return crowdedPolicies(quiet)
  if (foreign > 0) return FOREIGN_POLICIES
  if (moves > 0) return MOVING_POLICIES
  return neighbour > 0 ? SHARED_POLICIES : POLICIES
}

/** Adds few subjects, with names that the first tenant has too. */
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
    grants: [],
    unannounced: new Set(),
  }
  world.neighbours.push(other)
}

/** Returns the name of a subject of this tenant among those of all tenants. */
export function nameIn({ tenant }: World, name: string): string {
  return tenant === TENANT ? name : `${name} of ${tenant}`
}

/** Returns the version that a process loads at its start. */
export function loadPolicy(world: World, { name }: Process): Policy {
  const { version, loaded } = world.policy
  loaded.set(name, version)
  return policyAt(world, version)
}

/** Returns the version of the start for processes that load later versions from the database. */
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

/** Returns the sources that owned a claim, the latest last: more than one if it moved. */
export function speakersOf({ policies, policy }: World, claim: string): readonly string[] {
  const all = policies.slice(0, policy.version).map(({ registry }) => registry.claims.get(claim))
  return all.flatMap((registered) => registered?.source ?? [])
}

/** Returns the claims that a source owns. */
export function claimsOf(world: World, source: string): readonly string[] {
  return AUDIENCE.claims.filter((claim) => speakersOf(world, claim).at(-1) === source)
}

/** Returns whether the claims of a source have promises now: not those of one that lies, or has just lied. */
export function isPromised({ kernel, liesUntilMs }: World): (source: string) => boolean {
  return (source) => kernel.nowMs >= liesUntilMs || !LIARS.includes(source)
}

/** Returns the connection of a process to a service. */
export function linkOf(world: World, process: Process, service: Service): Link {
  return new Link(process, service, world.faults, world.cut)
}

export function violate(world: World, invariant: string, what: string): void {
  world.kernel.log('ORACLE', `${invariant}: ${what}`)
  world.violations.push({ invariant, atMs: world.kernel.nowMs, what })
}
