import { checkpointOf, type CheckpointRef, type PlannedBatch } from '@freshet/protocol'
import { checkView } from './oracle.ts'
import { isInLog, stateOf, type Memory, type Snapshot } from './publisher-memory.ts'
import { digest, rowEntry, type Row } from './record.ts'
import type { SignedBatch } from './signer.ts'
import { isFaulty, note, realMs, untilHealed, type World } from './world.ts'

interface Sending {
  readonly snapshot: Pick<Snapshot, 'partition' | 'e' | 'generation'>
  readonly batches: readonly PlannedBatch<Row>[]
  readonly kid: number
  readonly link: string
}

/** Returns null if an outcome is unknown: then nothing must be stored. */
export function* sendBatches(
  world: World,
  memory: Memory,
  { snapshot, batches, kid, link }: Sending,
): Generator<number, readonly CheckpointRef[] | null, void> {
  let previous = link
  const sent: CheckpointRef[] = []
  for (const batch of batches) {
    const entries = batch.rows.map(rowEntry)
    const recordsHash = digest(entries.map(({ hash }) => hash))
    const checkpoint = checkpointOf(snapshot, batch, { previous, recordsHash })
    const signed = world.signer.sign(checkpoint, entries, kid, world.schedule.nowMs)
    checkView(world, signed)
    const base = send(world, memory.partition, signed)
    yield world.random.steps.between(2, 40)
    if (base === null) return null
    const ref = { hash: signed.hash, offset: BigInt(base + entries.length) }
    sent.push(ref)
    memory.lastSent = ref
    if (batch.heartbeat !== null) memory.heartbeatAtMs = world.schedule.nowMs
    previous = signed.hash
  }
  return sent
}

/** Rule 44, for every checkpoint below the new head: a tail can be lost between two batches. */
export function isPathIntact(
  world: World,
  memory: Memory,
  path: readonly CheckpointRef[],
): boolean {
  const isAll = world.rules.shell.readBack === 'whole-path'
  const before = isAll ? path.slice(0, -1) : path.slice(0, 1)
  return before.every((ref) => isInLog(world, memory.partition, ref))
}

/** Makes one produce request. Returns the offset of its first record, or null if the outcome is unknown. */
export function send(world: World, partition: number, { entries }: SignedBatch): number | null {
  const { faults } = world.random
  const land = (): number | undefined =>
    world.revocations[partition]?.append(entries, world.schedule.nowMs)
  if (!isFaulty(world) || !faults.chance(world.mix.unknownSend)) return land() ?? null
  const outcome = faults.pick(['lost', 'landed', 'late', 'twice'] as const)
  note(world, `send-${outcome}`)
  if (outcome === 'landed' || outcome === 'twice') land()
  if (outcome === 'late' || outcome === 'twice')
    world.schedule.after(untilHealed(world, faults.between(50, 8_000)), () => void land())
  return null
}

interface Stored {
  readonly head: CheckpointRef
  readonly base: CheckpointRef
  readonly rows: readonly PlannedBatch<Row>[]
  readonly isRoot?: boolean
}

/** Rule 42: the store is conditional on the generation and on the linked head. */
export function store(world: World, memory: Memory, snapshot: Snapshot, stored: Stored): boolean {
  const state = stateOf(world, memory)
  const condition = world.rules.shell.store
  const isOwner = state.generation === snapshot.generation
  const isSameHead = state.head?.hash === snapshot.head?.hash
  if (condition.startsWith('generation') && !isOwner) return false
  if (condition.endsWith('head') && !isSameHead) return false
  state.head = { ...stored.head, storedAtMs: realMs(world) }
  state.base = stored.base
  if (stored.isRoot) state.history = [{ ...stored.base, storedAtMs: realMs(world) }]
  state.history = [...state.history, state.head].slice(
    Math.max(
      0,
      state.history.findIndex(({ hash }) => hash === stored.base.hash),
    ),
  )
  for (const { rows } of stored.rows)
    for (const row of rows) {
      state.outbox.delete(row.key)
      const denial = state.denials.get(row.scope)
      if (denial !== undefined) denial.publishedIn = state.head
    }
  return true
}
