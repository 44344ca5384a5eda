import type {
  CheckpointRef,
  PublisherSnapshot,
  SourceThrough,
  StatedThrough,
  StoredHead,
  ThroughTable,
} from '@freshet/protocol'
import type { PartitionState } from './database.ts'
import { elementAt } from './element.ts'
import { LEASE_MS, OWNERSHIP_MS } from './mix.ts'
import { FEED_OF, SILENT_FEED, type Row } from './record.ts'
import { note, realMs, type World } from './world.ts'

const LEASES_MS = new Map([
  ['hr', LEASE_MS],
  ['sec', LEASE_MS],
])

export type Snapshot = PublisherSnapshot<Row>

/** A publisher's own memory: a crash loses it, a zombie keeps it. */
export interface Memory {
  readonly name: string
  readonly partition: number
  generation: bigint
  heartbeatAtMs: number
  lastSent: CheckpointRef | null
  /** The statement about many feeds in its last stored heartbeat. */
  stated: StatedThrough | null
}

export function stateOf(
  world: World,
  { partition }: { readonly partition: number },
): PartitionState {
  return elementAt(world.db, partition)
}

/** Renews the ownership, or takes it if it has expired; each new ownership has a new generation. */
export function own(world: World, memory: Memory): boolean {
  const state = stateOf(world, memory)
  const now = world.schedule.nowMs
  const isMine = state.owner === memory.name && state.generation === memory.generation
  if (!isMine && state.ownedUntilMs > now && state.owner !== memory.name) return false
  if (!isMine) {
    state.generation += 1n
    note(world, 'takeover', `${memory.name} ${memory.partition} ${state.generation}`)
  }
  state.owner = memory.name
  state.ownedUntilMs = now + OWNERSHIP_MS
  if (!isMine) memory.stated = null
  memory.generation = state.generation
  return true
}

export function takeSnapshot(world: World, memory: Memory): Snapshot {
  const state = stateOf(world, memory)
  const rows = [...state.outbox.values()]
  const rowMax = 12
  return {
    ...telling(world, memory),
    head: state.head,
    base: state.base,
    baseCandidates: state.history,
    signers: signersOf(world, state.history),
    rows: rows.slice(0, rowMax),
    isDrained: rows.length <= rowMax,
    permanents: [...state.denials.values()],
  }
}

function signersOf({ signer }: World, history: readonly StoredHead[]): ReadonlySet<string> {
  return new Set(history.map(({ hash }) => String(signer.batches.get(hash)?.kid ?? 0)))
}

export function telling(
  world: World,
  memory: Memory,
): Omit<
  Snapshot,
  'head' | 'base' | 'baseCandidates' | 'signers' | 'rows' | 'isDrained' | 'permanents'
> & { readonly through: ThroughTable } {
  const { e, generation, feeds, next, lastId } = stateOf(world, memory)
  return {
    partition: memory.partition,
    e,
    generation,
    through: throughOf(world, feeds),
    leasesMs: LEASES_MS,
    minimumPv: 0,
    mapVersion: 1,
    mapHash: 'map',
    next: { offset: BigInt(next), lastRecordHash: lastId },
    takenAtMs: realMs(world),
  }
}

function throughOf({ mix }: World, feeds: PartitionState['feeds']): ThroughTable {
  const names = mix.neighbour ? (['hr', 'neighbour', 'sec'] as const) : (['hr', 'sec'] as const)
  const table = new Map<string, Map<string, SourceThrough>>()
  const setThrough = (feed: { tenant: string; source: string }, throughMs: number | null): void => {
    const sources = table.get(feed.tenant) ?? new Map<string, SourceThrough>()
    const state = throughMs === null ? 'silent' : 'complete'
    table.set(feed.tenant, sources.set(feed.source, { atMs: throughMs, state }))
  }
  for (const name of names) setThrough(FEED_OF[name], feeds[name].throughMs)
  if (mix.neighbour) setThrough(SILENT_FEED, null)
  return table
}

export function isInLog(world: World, partition: number, ref: CheckpointRef): boolean {
  return world.revocations[partition]?.at(Number(ref.offset))?.hash === ref.hash
}
