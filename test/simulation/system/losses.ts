import { CONTROL_PARTITION, PARTITIONS } from '@freshet/protocol'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC } from '@freshet/wire'
import { EPOCH_MS } from '../kernel/kernel.ts'
import { BASE_AGE_MS } from './deployment.ts'
import type { World } from './world.ts'

/** Longer than any record of the topics is needed, plus the delay of a paused process. */
const KEPT_MS = BASE_AGE_MS + 12_000
const TAIL_MAX = 6
const RECREATED = 0.3
/** Longer than it takes to commit, send and answer some changes. */
const UNRECORDED_MS = 3_000
const RECORDS_MAX = 1_000_000

/** The revocation topic loses its last records in one partition. */
export async function loseTail(world: World): Promise<void> {
  const random = world.kernel.random(`tail ${world.kernel.nowMs}`)
  await lose(world, REVOCATIONS_TOPIC, random.pick(PARTITIONS), random.between(1, TAIL_MAX))
}

/** Drops the records that are older than everything that is needed. */
export async function forget({ kernel, log }: World): Promise<void> {
  const beforeMs = EPOCH_MS + kernel.nowMs - KEPT_MS
  for (const topic of [CHANGES_TOPIC, REVOCATIONS_TOPIC])
    for (const { partition, earliest } of await log.bounds(topic)) {
      const old = await log.read(topic, partition, earliest, RECORDS_MAX)
      const kept = old.find(({ appendedAtMs }) => appendedAtMs >= beforeMs)
      if (kept !== undefined) log.dropBefore(topic, partition, kept.offset)
    }
}

/** Loses a tail of one partition; or creates the topic again, which counts from 0. */
export async function loseChanges(world: World): Promise<void> {
  const random = world.kernel.random(`changes ${world.kernel.nowMs}`)
  if (!random.chance(RECREATED))
    return lose(world, CHANGES_TOPIC, random.pick(PARTITIONS), random.between(1, TAIL_MAX))
  return recreate(world)
}

/**
 * Loses what the control partition got while no reconciler ran, or all of the topic: changes that were
 * answered, and are at their sources alone from then on.
 */
export async function loseUnrecorded(world: World): Promise<void> {
  const { kernel, log, database, hosts } = world
  const random = kernel.random(`unrecorded ${kernel.nowMs}`)
  for (const { name, running } of hosts)
    if (name.startsWith('reconciler')) running?.pause(UNRECORDED_MS + 1)
  await new Promise<void>((resolve) => kernel.after(UNRECORDED_MS, resolve))
  if (random.chance(RECREATED)) return recreate(world)
  const { nextOffset = 0n } = database.progress.get(String(CONTROL_PARTITION)) ?? {}
  const { end = 0n } = (await log.bounds(CHANGES_TOPIC))[CONTROL_PARTITION] ?? {}
  // An earlier loss took it already, and no reconciler has found that yet.
  if (nextOffset >= end) return
  await noteLost(world, CHANGES_TOPIC, CONTROL_PARTITION, nextOffset)
  kernel.log('BROKER', `loses ${CHANGES_TOPIC}/${CONTROL_PARTITION} from ${nextOffset}`)
  log.truncate(CHANGES_TOPIC, CONTROL_PARTITION, nextOffset)
}

async function recreate(world: World): Promise<void> {
  const { kernel, log } = world
  for (const partition of PARTITIONS) await noteLost(world, CHANGES_TOPIC, partition, 0n)
  kernel.log('BROKER', `loses all of ${CHANGES_TOPIC}`)
  log.recreate(CHANGES_TOPIC)
}

async function lose(
  world: World,
  topic: string,
  partition: number,
  records: number,
): Promise<void> {
  const { kernel, log } = world
  const bounds = (await log.bounds(topic))[partition]
  if (bounds === undefined) return
  const to = bounds.end - BigInt(records)
  const offset = to < bounds.earliest ? bounds.earliest : to
  await noteLost(world, topic, partition, offset)
  kernel.log('BROKER', `loses ${topic}/${partition} from ${offset}`)
  log.truncate(topic, partition, offset)
}

async function noteLost(
  { log, lost }: World,
  topic: string,
  partition: number,
  offset: bigint,
): Promise<void> {
  if (topic !== CHANGES_TOPIC) return
  for (const { headers } of await log.read(topic, partition, offset, RECORDS_MAX)) {
    const id = headers['ce_id']
    if (id !== undefined) lost.add(Buffer.from(id).toString())
  }
}
