import { rootCheckpoint, type CheckpointRef } from '@freshet/protocol'
import { own, stateOf, takeSnapshot, type Memory } from './publisher-memory.ts'
import { digest, type Row } from './record.ts'
import type { Steps } from './schedule.ts'
import { isPathIntact, send, sendBatches, store } from './sending.ts'
import { note, type World } from './world.ts'

/** Rules 30 and 49: an empty root, everything that is live, and only then a new head and base. */
export function* startAnew(world: World, memory: Memory): Steps {
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
  // One snapshot, however long sending its rows takes.
  const snapshot = takeSnapshot(world, memory)
  const live = liveRows(world, memory)
  if (snapshot.generation !== memory.generation) return
  const path: CheckpointRef[] = [ref]
  for (const batch of world.rules.decisions.planAnew(live, world.rules.publish)) {
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
  const waiting =
    world.rules.shell.waiting === 'after-root' ? [] : [...stateOf(world, memory).outbox.values()]
  const rows = [{ rows: [...live, ...waiting], heartbeat: null }]
  store(world, memory, snapshot, { head, base: ref, rows, isRoot: true })
}

function liveRows(world: World, memory: Memory): readonly Row[] {
  const { watermarks, denials, e } = stateOf(world, memory)
  return [
    ...[...watermarks.values()].filter((row) => row.e === e),
    ...[...denials.values()].map(({ row }) => row),
  ]
}
