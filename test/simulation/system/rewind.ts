import { PARTITIONS } from '@freshet/protocol'
import { CHANGES_TOPIC, isHeartbeatRecord, readCheckpoint, REVOCATIONS_TOPIC } from '@freshet/wire'
import type { World } from './world.ts'

const RECORDS_MAX = 1_000_000
/** The reconcilers die with the machine of both, and start on the remaining data. */
const DIES = 0.5

/**
 * The database goes back to a copy, and at that time the change topic loses the heartbeats behind its last
 * change.
 *
 * No change is lost, so every promise holds. The next records get positions that tokens and edges know
 * already, and the database has forgotten those positions. Only a checkpoint still names them (rule 28), so
 * each lost position is one that a checkpoint named.
 */
export async function rewind(world: World, restore: () => Promise<void>): Promise<void> {
  const { log, kernel, faults, hosts } = world
  const named = await Promise.all(PARTITIONS.map((partition) => namedPosition(world, partition)))
  await restore()
  for (const { partition, earliest } of await log.bounds(CHANGES_TOPIC)) {
    const records = await log.read(CHANGES_TOPIC, partition, earliest, RECORDS_MAX)
    const change = records.findLast((record) => !isHeartbeatRecord(record))
    const behind = (change?.offset ?? earliest - 1n) + 1n
    const { nextOffset } = progressOf(world, partition)
    const from = behind > nextOffset ? behind : nextOffset
    if (from >= (named[partition] ?? 0n)) continue
    faults.count('positions lost')
    kernel.log('BROKER', `loses ${CHANGES_TOPIC}/${partition} from ${from}`)
    log.truncate(CHANGES_TOPIC, partition, from)
  }
  if (!kernel.random(`rewind ${kernel.nowMs}`).chance(DIES)) return
  for (const { name, running } of hosts) if (name.startsWith('reconciler')) running?.kill()
}

/**
 * Returns the end of the newest heartbeat of a partition; 0 if more was recorded since, or in another
 * incarnation.
 */
async function namedPosition(world: World, partition: number): Promise<bigint> {
  const { log } = world
  const { e, nextOffset } = progressOf(world, partition)
  const { earliest = 0n } = (await log.bounds(REVOCATIONS_TOPIC))[partition] ?? {}
  const records = await log.read(REVOCATIONS_TOPIC, partition, earliest, RECORDS_MAX)
  const newest = records
    .map((record) => readCheckpoint(record)?.checkpoint)
    .findLast((checkpoint) => checkpoint?.heartbeat !== undefined)
  const { offset = 0n } = newest?.heartbeat?.next ?? {}
  return newest?.e === e && offset >= nextOffset ? offset : 0n
}

/** Returns the database's position in a partition. */
function progressOf(
  { database }: World,
  partition: number,
): { readonly e: bigint; readonly nextOffset: bigint } {
  return database.progress.get(String(partition)) ?? { e: 0n, nextOffset: 0n }
}
