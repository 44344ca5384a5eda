import {
  afterAcknowledgement,
  checkpointOf,
  planAnew,
  planPublication,
  rootCheckpoint,
  type CheckpointRef,
  type PlannedBatch,
  type PublisherSnapshot,
} from '@freshet/domain'
import type { PartitionState } from './database.ts'
import { BASE_AGE_MS, OWNERSHIP_MS } from './mix.ts'
import { checkView } from './oracle.ts'
import { digest, rowEntry, type Row } from './record.ts'
import type { Steps } from './schedule.ts'
import type { SignedBatch } from './signer.ts'
import { hasLostHistory, raiseIncarnation } from './reconciler.ts'
import { isFaulty, note, realMs, untilHealed, type World } from './world.ts'
import { elementAt } from './element.ts'

type Snapshot = PublisherSnapshot<Row>

/** A publisher's own memory: lost with a crash, kept by a zombie. */
interface Memory {
  readonly name: string
  readonly partition: number
  generation: bigint
  heartbeatAtMs: number
  lastSent: CheckpointRef | null
}

/** One publisher of one partition: takes it over when nobody renews, then publishes for ever. */
export function* publisher(world: World, name: string, partition: number): Steps {
  const { steps } = world.random
  const memory: Memory = { name, partition, generation: -1n, heartbeatAtMs: -9_999, lastSent: null }
  for (;;) {
    if (!own(world, memory)) {
      yield steps.between(300, 700)
      continue
    }
    yield steps.between(1, 10)
    const head = stateOf(world, memory).head
    const isHeadIntact = head !== null && isInLog(world, partition, head)
    yield steps.between(1, 10)
    const snapshot = takeSnapshot(world, memory)
    // The head that was read is not the one of the snapshot: read again.
    if (snapshot.head?.hash !== head?.hash) continue
    const generation =
      world.rules.shell.generation === 'unread' ? snapshot.generation : memory.generation
    const plan = planPublication(
      snapshot,
      {
        generation,
        isHeadIntact,
        isKeyRevoked: hasRevokedKey(world, snapshot),
        sinceHeartbeatMs: world.schedule.nowMs - memory.heartbeatAtMs,
        baseAgeMs: BASE_AGE_MS,
      },
      world.rules.publish,
    )
    if (plan.kind === 'wait') yield Math.min(plan.forMs, steps.between(50, 200))
    else if (plan.kind === 'start-anew') yield* startAnew(world, memory)
    else if (plan.kind === 'continue')
      yield* publish(world, memory, snapshot, { link: linkOf(world, memory, plan.head), ...plan })
    yield steps.between(20, 100)
  }
}

function stateOf(world: World, { partition }: { readonly partition: number }): PartitionState {
  return elementAt(world.db, partition)
}

/** Renews the ownership, or takes it when it ran out; every taking is a new generation. */
function own(world: World, memory: Memory): boolean {
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

function takeSnapshot(world: World, memory: Memory): Snapshot {
  const state = stateOf(world, memory)
  const rows = [...state.outbox.values()]
  const rowMax = 12
  return {
    ...telling(world, memory),
    head: state.head,
    base: state.base,
    baseCandidates: state.history,
    rows: rows.slice(0, rowMax),
    isDrained: rows.length <= rowMax,
    permanents: [...state.denials.values()],
  }
}

function telling(
  world: World,
  memory: Memory,
): Omit<Snapshot, 'head' | 'base' | 'baseCandidates' | 'rows' | 'isDrained' | 'permanents'> {
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

function isInLog(world: World, partition: number, ref: CheckpointRef): boolean {
  return world.revocations[partition]?.at(Number(ref.offset))?.hash === ref.hash
}

function hasRevokedKey(world: World, { baseCandidates }: Snapshot): boolean {
  const { batches, revokedBelow } = world.signer
  return baseCandidates.some(({ hash }) => (batches.get(hash)?.kid ?? 0) < revokedBelow)
}

function linkOf(world: World, memory: Memory, head: CheckpointRef): CheckpointRef {
  const { link } = world.rules.shell
  if (link === 'own-memory') return memory.lastSent ?? head
  if (link === 'stored-head') return head
  const log = world.revocations[memory.partition]
  for (let at = (log?.end ?? 0) - 1; at >= 0; at -= 1) {
    const entry = log?.at(at)
    if (entry?.kind === 'checkpoint') return { hash: entry.hash, offset: BigInt(at) }
  }
  return head
}

interface Course {
  readonly link: CheckpointRef
  readonly base: CheckpointRef
  readonly batches: readonly PlannedBatch<Row>[]
}

function* publish(world: World, memory: Memory, snapshot: Snapshot, course: Course): Steps {
  const kid = world.signer.kid
  const batches = yield* withLaterThrough(world, memory, snapshot, course.batches)
  const sent = yield* sendBatches(world, memory, { snapshot, batches, kid, link: course.link.hash })
  const head = sent?.at(-1)
  if (sent === null || head === undefined) return
  yield world.random.steps.between(1, 10)
  const isIntact = isPathIntact(world, memory, [course.link, ...sent])
  const next = afterAcknowledgement(isIntact, world.rules.publish)
  if (next === 'start-anew') note(world, 'linked-head-lost')
  watch(world, memory)
  if (next === 'start-anew') return
  yield world.random.steps.between(1, 10)
  store(world, memory, snapshot, { head, base: course.base, rows: course.batches })
}

/** Reading back passes over what others wrote: a later incarnation there is one more to heed. */
function watch(world: World, memory: Memory): void {
  if (world.rules.shell.compare === 'database-and-checkpoint')
    if (hasLostHistory(world, memory.partition)) raiseIncarnation(world)
}

/** Rule 41's negative control: `through` from a later moment than the rows. */
function* withLaterThrough(
  world: World,
  memory: Memory,
  _snapshot: Snapshot,
  batches: readonly PlannedBatch<Row>[],
): Generator<number, readonly PlannedBatch<Row>[], void> {
  if (world.rules.shell.through === 'same-snapshot') return batches
  yield world.random.steps.between(5, 100)
  const { through } = telling(world, memory)
  return batches.map(({ rows, heartbeat }) => ({
    rows,
    heartbeat: heartbeat === null ? null : { ...heartbeat, through },
  }))
}

interface Sending {
  readonly snapshot: Pick<Snapshot, 'partition' | 'e' | 'generation'>
  readonly batches: readonly PlannedBatch<Row>[]
  readonly kid: number
  readonly link: string
}

/** Null when an outcome is unknown: nothing may be stored then. */
function* sendBatches(
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

/** Rule 44, for every checkpoint that the new head stands on: a tail can be lost between two batches. */
function isPathIntact(world: World, memory: Memory, path: readonly CheckpointRef[]): boolean {
  const isAll = world.rules.shell.readBack === 'whole-path'
  const before = isAll ? path.slice(0, -1) : path.slice(0, 1)
  return before.every((ref) => isInLog(world, memory.partition, ref))
}

/** One produce request: the offset of its first record, or null when the outcome is unknown. */
function send(world: World, partition: number, { entries }: SignedBatch): number | null {
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

/** Rule 42: conditional on the generation and on the head that was linked to. */
function store(world: World, memory: Memory, snapshot: Snapshot, stored: Stored): boolean {
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

/** Rules 30 and 49: an empty root, everything that is live, and only then a new head and base. */
function* startAnew(world: World, memory: Memory): Steps {
  const state = stateOf(world, memory)
  if (state.generation !== memory.generation) return
  note(world, 'start-anew', `${memory.partition}`)
  const kid = world.signer.kid
  const before = takeSnapshot(world, memory)
  const root = rootCheckpoint(before, `${world.signer.order.length}`, digest([]))
  const signed = world.signer.sign(root, [], kid, world.schedule.nowMs)
  const offset = send(world, memory.partition, signed)
  yield world.random.steps.between(2, 40)
  if (offset === null) return
  const ref = { hash: signed.hash, offset: BigInt(offset) }
  if (world.rules.shell.root === 'stored-at-once') {
    store(world, memory, before, { head: ref, base: ref, rows: [], isRoot: true })
    return
  }
  const snapshot = {
    ...takeSnapshot(world, memory),
    rows: liveRows(world, memory),
    isDrained: true,
  }
  if (snapshot.generation !== memory.generation) return
  const pending = [...stateOf(world, memory).outbox.values()]
  const path: CheckpointRef[] = [ref]
  for (const batch of planAnew(snapshot, ref, world.rules.publish)) {
    const link = path.at(-1)?.hash ?? ref.hash
    const sent = yield* sendBatches(world, memory, { snapshot, batches: [batch], kid, link })
    if (sent === null) return
    path.push(...sent)
    yield world.random.steps.between(50, world.mix.rootStepMs)
    if (world.rules.shell.renew === 'while-starting-anew' && !own(world, memory)) return
    if (memory.generation !== snapshot.generation) return
  }
  const head = path.at(-1)
  if (head === undefined || !isPathIntact(world, memory, path)) return
  const rows = [{ rows: [...snapshot.rows, ...pending], heartbeat: null }]
  store(world, memory, snapshot, { head, base: ref, rows, isRoot: true })
}

function liveRows(world: World, memory: Memory): readonly Row[] {
  const { watermarks, denials, e } = stateOf(world, memory)
  return [
    ...[...watermarks.values()].filter((row) => row.e === e),
    ...[...denials.values()].map(({ row }) => row),
  ]
}
