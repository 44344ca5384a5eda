import type { Heartbeat } from '@freshet/protocol'
import type { Feed, PartitionState } from './database.ts'
import type { Change, Row } from './record.ts'
import type { Steps } from './schedule.ts'
import { note, realMs, type World } from './world.ts'
import { elementAt } from './element.ts'

/** One loop of a reconciler over one partition of the change topic. Any number can run. */
export function* reconciler(world: World, partition: number): Steps {
  const topic = world.changes[partition]
  if (topic === undefined) return
  let leaderEpoch = -1
  let dbEpoch = -1
  for (;;) {
    yield world.random.steps.between(20, 120)
    if (leaderEpoch !== topic.leaderEpoch || dbEpoch !== world.dbEpoch) {
      leaderEpoch = topic.leaderEpoch
      dbEpoch = world.dbEpoch
      if (hasLostHistory(world, partition)) raiseIncarnation(world)
    }
    const { e, next } = stateOf(world, partition)
    const fetched: Change[] = []
    for (let at = next; at < topic.end && fetched.length < 8; at += 1)
      fetched.push(topic.at(at) as Change)
    if (fetched.length === 0) continue
    yield world.random.steps.between(2, 30)
    // One transaction: under the lock of the progress row it sees everything that changed meanwhile.
    const state = stateOf(world, partition)
    if (state.e !== e || dbEpoch !== world.dbEpoch) continue
    fetched.forEach((change, at) => {
      if (next + at === state.next) applyChange(world, state, change)
    })
  }
}

function stateOf(world: World, partition: number): PartitionState {
  return elementAt(world.db, partition)
}

function applyChange(world: World, state: PartitionState, change: Change): void {
  const feed = state.feeds[change.source]
  if (change.throughMs !== null) {
    const counts = change.number <= feed.complete
    if (counts) feed.throughMs = Math.max(feed.throughMs ?? 0, change.throughMs)
  } else observe(feed, change.number)
  state.next += 1
  state.lastId = change.id
  if (change.loss === null) return
  const { scope, ordinal } = change.loss
  const key = keyOf(world, state)
  const row: Row = {
    key,
    scope,
    e: state.e,
    offset: state.next,
    isDenial: scope.startsWith('deny.'),
  }
  state.losses.set(scope, Math.max(state.losses.get(scope) ?? 0, ordinal))
  if (!row.isDenial) state.watermarks.set(scope, row)
  else if (!state.denials.has(scope)) state.denials.set(scope, { row, publishedIn: null })
  state.outbox.set(key, row)
}

/** The counter is one sequence of the database for all partitions, as `bigserial` is. */
function keyOf(world: World, state: PartitionState): string {
  if (world.rules.shell.rowKey === 'position') return `${state.e}.${state.next}`
  const shared = elementAt(world.db, 0)
  shared.sequence += 1
  return `${shared.sequence}`
}

function observe(feed: Feed, number: number): void {
  if (number > feed.complete && !feed.beyond.includes(number)) feed.beyond.push(number)
  while (feed.beyond.includes(feed.complete + 1)) {
    feed.complete += 1
    feed.beyond = feed.beyond.filter((each) => each !== feed.complete)
  }
}

/** Rule 28: compares the remembered record, and the one at the latest position that a checkpoint names. */
export function hasLostHistory(world: World, partition: number): boolean {
  const { compare } = world.rules.shell
  const state = stateOf(world, partition)
  const topic = world.changes[partition]
  if (compare === 'nothing' || topic === undefined) return false
  const isMissing = (offset: number, id: string | null): boolean =>
    offset > 0 && topic.at(offset - 1)?.id !== id
  if (isMissing(state.next, state.lastId)) return true
  if (compare === 'database') return false
  const latest = latestHeartbeat(world, partition)
  if (latest === 'later-incarnation') return true
  return latest !== undefined && isMissing(Number(latest.next.offset), latest.next.lastRecordHash)
}

/**
 * Returns the latest heartbeat of the log since the stored head: not only the last checkpoint counts. One of
 * a later incarnation that landed late is soon followed by one of our own. So is one of a later position once
 * the database went back.
 */
function latestHeartbeat(
  world: World,
  partition: number,
): Heartbeat | 'later-incarnation' | undefined {
  const { e, head } = stateOf(world, partition)
  const log = world.revocations[partition]
  let latest: Heartbeat | undefined
  const isAll = world.rules.shell.scan === 'since-stored-head'
  const from = Math.max(log?.earliest ?? 0, head === null ? 0 : Number(head.offset))
  for (let at = (log?.end ?? 0) - 1; at >= from; at -= 1) {
    const entry = log?.at(at)
    if (entry?.kind !== 'checkpoint') continue
    if (entry.checkpoint.e > e) return 'later-incarnation'
    const { heartbeat } = entry.checkpoint
    if (entry.checkpoint.e !== e || heartbeat === undefined) continue
    if (latest === undefined || heartbeat.next.offset > latest.next.offset) latest = heartbeat
    if (!isAll) break
  }
  return latest
}

/** Rule 27: runs under locks on all progress rows, which one step of the model is. */
export function raiseIncarnation(world: World): void {
  const highest = world.db.reduce((e, state) => (state.e > e ? state.e : e), 0n)
  const seconds = BigInt(Math.floor(realMs(world) / 1_000))
  const isLater = world.rules.shell.raise === 'seconds' && seconds > highest
  const e = isLater ? seconds : highest + 1n
  note(world, 'incarnation', `${e}`)
  for (const state of world.db) {
    Object.assign(state, { e, next: 0, lastId: null })
    for (const feed of Object.values(state.feeds))
      Object.assign(feed, { complete: 0, beyond: [], throughMs: null })
  }
}
