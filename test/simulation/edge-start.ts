import type { Bounds, CheckpointRef } from '@freshet/protocol'
import { boundsOf, recentOf } from './broker.ts'
import type { Entry } from './record.ts'
import { isFaulty, note, type World } from './world.ts'

/** The number of entries before the end that are searched for a heartbeat. */
const READ_BACK_MAX = 24

/** The place from which an edge reads a partition. */
export interface EdgeStart {
  readonly bounds: Bounds
  /** Undefined: from the earliest offset. */
  readonly base: CheckpointRef | undefined
}

type Heartbeat = Extract<Entry, { kind: 'checkpoint' }>

/**
 * Returns the base that the newest trusted heartbeat near the end names; a lying broker shows any heartbeat
 * that it has.
 */
export function startOf(
  world: World,
  partition: number,
  isSigned: (entry: Entry) => boolean,
): EdgeStart {
  const bounds = boundsOf(world, partition)
  const { start } = world.rules.shell
  const isBelieved = (entry: Entry): boolean => start === 'base-of-unsigned' || isSigned(entry)
  const newest = shownOf(world, partition, bounds).findLast(
    (entry): entry is Heartbeat => isBelieved(entry) && isHeartbeatOf(entry, partition),
  )
  const base =
    start === 'head' && newest !== undefined
      ? { hash: newest.hash, offset: bounds.end - 1n }
      : newest?.checkpoint.heartbeat?.base
  const fits = base !== undefined && base.offset + 1n >= bounds.earliest && base.offset < bounds.end
  note(world, fits ? 'start-at-base' : 'start-at-earliest')
  return { bounds, base: fits ? base : undefined }
}

function isHeartbeatOf(entry: Entry, partition: number): boolean {
  if (entry.kind !== 'checkpoint' || entry.checkpoint.heartbeat === undefined) return false
  return entry.checkpoint.partition === partition
}

function shownOf(world: World, partition: number, { earliest, end }: Bounds): readonly Entry[] {
  const { broker } = world.random
  if (isFaulty(world) && broker.chance(world.mix.lie)) {
    note(world, 'lie-start')
    return broker.chance(0.5) ? forgedHeartbeat(world, partition) : recentOf(world)
  }
  const entries: Entry[] = []
  for (let at = end - 1n; at >= earliest && entries.length < READ_BACK_MAX; at -= 1n) {
    const entry = world.revocations[partition]?.at(Number(at))
    if (entry !== undefined) entries.unshift(entry)
  }
  return entries
}

/**
 * Returns a heartbeat without a valid signature. It names the newest checkpoint as the base, so that nothing
 * before that is read.
 */
function forgedHeartbeat(world: World, partition: number): readonly Entry[] {
  const { order } = world.signer
  const isHere = ({ checkpoint }: (typeof order)[number]): boolean =>
    checkpoint.partition === partition
  const pulse = order.findLast((each) => isHere(each) && each.checkpoint.heartbeat !== undefined)
  const last = order.findLast(isHere)
  const heartbeat = pulse?.checkpoint.heartbeat
  if (pulse === undefined || last === undefined || heartbeat === undefined) return []
  const { end } = boundsOf(world, partition)
  const base = { hash: last.hash, offset: end - 1n }
  const checkpoint = { ...pulse.checkpoint, heartbeat: { ...heartbeat, base } }
  return [{ kind: 'checkpoint', hash: `forged-${order.length}`, checkpoint }]
}
