import type { CheckpointRef, PublisherSnapshot, StoredHead } from '@freshet/domain'
import type { PartitionState } from './database.ts'
import { elementAt } from './element.ts'
import { OWNERSHIP_MS } from './mix.ts'
import type { Row } from './record.ts'
import { note, realMs, type World } from './world.ts'

export type Snapshot = PublisherSnapshot<Row>

/** A publisher's own memory: lost with a crash, kept by a zombie. */
export interface Memory {
  readonly name: string
  readonly partition: number
  generation: bigint
  heartbeatAtMs: number
  lastSent: CheckpointRef | null
}

export function stateOf(
  world: World,
  { partition }: { readonly partition: number },
): PartitionState {
  return elementAt(world.db, partition)
}

/** Renews the ownership, or takes it when it ran out; every taking is a new generation. */
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
> {
  const { e, generation, feeds, next, lastId } = stateOf(world, memory)
  const sources = Object.entries(feeds).map(
    ([source, feed]) => [source, { atMs: feed.throughMs, state: 'complete' }] as const,
  )
  return {
    partition: memory.partition,
    e,
    generation,
    through: new Map([['acme', new Map(sources)]]),
    minimumPv: 0,
    mapVersion: 1,
    mapHash: 'map',
    next: { offset: BigInt(next), lastRecordHash: lastId },
    takenAtMs: realMs(world),
  }
}

export function isInLog(world: World, partition: number, ref: CheckpointRef): boolean {
  return world.revocations[partition]?.at(Number(ref.offset))?.hash === ref.hash
}
