import { type CheckpointRef, type PlannedBatch, type StatedThrough } from '@freshet/protocol'
import { BASE_AGE_MS } from './mix.ts'
import { startAnew } from './new-root.ts'
import {
  isInLog,
  own,
  stateOf,
  takeSnapshot,
  telling,
  type Memory,
  type Snapshot,
} from './publisher-memory.ts'
import { hasLostHistory, raiseIncarnation } from './reconciler.ts'
import { digest, type Row } from './record.ts'
import type { Steps } from './schedule.ts'
import { isPathIntact, sendBatches, store } from './sending.ts'
import { note, type World } from './world.ts'

/**
 * One publisher of one partition: it takes the partition over if its owner does not renew, and then publishes
 * for ever.
 */
export function* publisher(world: World, name: string, partition: number): Steps {
  const { steps } = world.random
  const memory = newMemory(name, partition)
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
    // The head that was read is not the one of the snapshot: the publisher reads again.
    if (snapshot.head?.hash !== head?.hash) continue
    const generation =
      world.rules.shell.generation === 'unread' ? snapshot.generation : memory.generation
    const plan = world.rules.decisions.planPublication(
      snapshot,
      {
        generation,
        isHeadIntact,
        publishedKeys: publishedKeys(world),
        sinceHeartbeatMs: world.schedule.nowMs - memory.heartbeatAtMs,
        baseAgeMs: world.rules.shell.baseAge === 'at-once' ? 0 : BASE_AGE_MS,
        grouping: { nameOf: digest, stated: memory.stated, nowMonoMs: world.schedule.nowMs },
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

function newMemory(name: string, partition: number): Memory {
  const nothing = { lastSent: null, stated: null }
  return { name, partition, generation: -1n, heartbeatAtMs: -9_999, ...nothing }
}

/** A retired key is published for longer than base needs; a revoked one is not. */
function publishedKeys({ signer }: World): ReadonlySet<string> {
  const count = signer.kid + 2 - signer.revokedBelow
  return new Set(Array.from({ length: count }, (_, n) => String(signer.revokedBelow + n)))
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
  readonly stated: StatedThrough | null
}

function* publish(world: World, memory: Memory, snapshot: Snapshot, course: Course): Steps {
  const kid = world.signer.kid
  memory.stated = null
  const planned = yield* withLaterThrough(world, memory, snapshot, course.batches)
  const batches = withGroupTimes(world, snapshot, planned)
  const sent = yield* sendBatches(world, memory, { snapshot, batches, kid, link: course.link.hash })
  const head = sent?.at(-1)
  if (sent === null || head === undefined) return
  yield world.random.steps.between(1, 10)
  const isIntact = isPathIntact(world, memory, [course.link, ...sent])
  const next = world.rules.decisions.afterAcknowledgement(isIntact)
  if (next === 'start-anew') note(world, 'linked-head-lost')
  watch(world, memory)
  if (next === 'start-anew') return
  yield world.random.steps.between(1, 10)
  if (store(world, memory, snapshot, { head, base: course.base, rows: course.batches }))
    memory.stated = course.stated
}

/** Reading back passes records of other writers: a later incarnation among them must be checked, too. */
function watch(world: World, memory: Memory): void {
  if (world.rules.shell.compare === 'database-and-checkpoint')
    if (hasLostHistory(world, memory.partition)) raiseIncarnation(world)
}

/** Rule 41's negative control: `through` of a later time than the rows. */
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
    heartbeat: heartbeat === null ? null : { ...heartbeat, through, groups: [] },
  }))
}

/** Rule 50's negative control: a group states the latest time of its tenants. */
function withGroupTimes(
  world: World,
  { through }: Snapshot,
  batches: readonly PlannedBatch<Row>[],
): readonly PlannedBatch<Row>[] {
  if (world.rules.shell.groupTime === 'earliest' || through === null) return batches
  const latest = (source: string): number =>
    Math.max(...[...through.values()].map((sources) => sources.get(source)?.atMs ?? 0))
  return batches.map(({ rows, heartbeat }) => {
    const groups = heartbeat?.groups?.map(({ sources, ...group }) => ({
      ...group,
      sources: new Map([...sources.keys()].map((source) => [source, latest(source)])),
    }))
    return { rows, heartbeat: heartbeat && groups ? { ...heartbeat, groups } : heartbeat }
  })
}
