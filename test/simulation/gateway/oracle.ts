import type { Acceptance } from '@freshet/intake'
import type { Landed } from './change-log.ts'
import type { Committed, Journal } from './journal.ts'
import { violate, type GatewayWorld } from './world.ts'

/** Checks every record that lands in the topic. */
export function watchTopic(world: GatewayWorld): void {
  const holders = new Map<string, { readonly id: string; readonly databaseLife: number }>()
  const copies = new Set<string>()
  world.log.onLanded = (landed) => {
    if (landed.throughMs === undefined) {
      noteNumber(landed)
      noteCopy(landed)
    } else checkCovered(world, landed, landed.throughMs)
  }

  /** A source that sends each event once to one gateway, and no heartbeats, has each once in the topic. */
  function noteCopy({ source, partition, id }: Landed): void {
    const isOnce = world.journals.some(
      (journal) => journal.source === source && !journal.isFaithful,
    )
    if (world.rules.faults === 'strike' || !isOnce) return
    const key = `${id} in ${partition}`
    if (copies.has(key)) violate(world, 'copied', key)
    copies.add(key)
  }

  /** A number is allowed to be given again only if a restore has forgotten it. */
  function noteNumber({ source, partition, number, id }: Landed): void {
    const key = `${source} ${partition} ${number}`
    const databaseLife = world.stampedIn.get(`${key} ${id}`) ?? world.databaseLife
    const before = holders.get(key)
    if (before !== undefined && before.id !== id && before.databaseLife === databaseLife)
      violate(world, 'twice', `${key} is of ${before.id} and of ${id}`)
    holders.set(key, { id, databaseLife })
  }
}

/**
 * A heartbeat comes after everything that it covers: in the topic, whatever the reconciler decides about it.
 */
function checkCovered(world: GatewayWorld, { source, partition }: Landed, throughMs: number): void {
  const missing = covered(world, source, partition, throughMs).find(
    ({ change }) => world.log.offsetOf(source, change.id, partition) === undefined,
  )
  if (missing) violate(world, 'vouched', `${missing.change.id} is not in ${partition}`)
}

/** The `through` in the database after a commit must be recorded before it. */
export function checkThrough(world: GatewayWorld, partition: number, nextOffset: bigint): void {
  for (const row of world.database.feeds.values()) {
    const { source, feed } = row
    if (row.partition !== partition || feed.throughMs === null) continue
    const missing = covered(world, source, partition, feed.throughMs).find(
      ({ change }) =>
        (world.log.offsetOf(source, change.id, partition) ?? nextOffset) >= nextOffset,
    )
    if (missing) violate(world, 'vouched', `${missing.change.id} is not recorded in ${partition}`)
  }
}

/** After each commit every event has an outcome in the change log if it is recorded, and only then (S11). */
export function checkOutcomes(world: GatewayWorld, partition: number, nextOffset: bigint): void {
  for (const { source, events } of world.journals)
    for (const { change } of events) {
      const offset = world.log.offsetOf(source, change.id, partition)
      const isRecorded = offset !== undefined && offset < nextOffset
      const key = JSON.stringify(['acme', source, change.id, partition])
      if (isRecorded !== (world.database.changeLog.get(key) !== undefined))
        violate(world, 'unaccounted', `${change.id} in ${partition}`)
    }
}

function covered(
  world: GatewayWorld,
  source: string,
  partition: number,
  throughMs: number,
): readonly Committed[] {
  const events = world.journals.find((journal) => journal.source === source)?.events ?? []
  return events.filter(
    ({ atMs, partitions }) => atMs <= throughMs && partitions.includes(partition),
  )
}

/** An answer is a promise: the record is at the place that the answer names. */
export function checkAnswer(world: GatewayWorld, source: string, answer: Acceptance): void {
  if (!answer.ok) return
  for (const { partition, offset } of answer.positions) {
    const first = world.log.offsetOf(source, answer.id, partition)
    if (first === undefined || first > Number(offset))
      violate(world, 'lost', `${answer.id} is not at ${partition}:${offset}`)
  }
}

/** Returns the work that is left after the last fault: answers, appends, recording and heartbeats. */
export function unfinished(world: GatewayWorld): readonly string[] {
  const waiting = world.database.stamps
    .values()
    .filter(({ acknowledged }) => !acknowledged)
    .map(({ id, partition }) => `${id} waits in ${partition}`)
  return [...waiting, ...world.journals.flatMap((journal) => unannounced(world, journal))]
}

function unannounced(
  world: GatewayWorld,
  { source, isFaithful, events }: Journal,
): readonly string[] {
  if (!isFaithful) return []
  const unanswered = events.filter(({ isAnswered }) => !isAnswered)
  const lastMs = Math.max(0, ...events.map(({ atMs }) => atMs))
  const behind = world.database.feeds
    .values()
    .filter((row) => row.source === source && (row.feed.throughMs ?? 0) <= lastMs)
  return [
    ...unanswered.map(({ change }) => `${change.id} is not answered`),
    ...behind.map(({ partition }) => `through of ${source} in ${partition} does not move`),
  ]
}
