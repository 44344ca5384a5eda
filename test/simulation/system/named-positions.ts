import { PARTITIONS } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  readCheckpoint,
  recordsHash,
  REVOCATIONS_TOPIC,
  verifyCheckpoint,
  type LogRecord,
} from '@freshet/wire'
import { violate, type World } from './world.ts'

const RECORDS_MAX = 1_000_000

/**
 * S6 and rule 28: a position that a checkpoint of the present incarnation names still has the record that it
 * names. With another record there, the labels of older tokens would be above the data that they label.
 */
export async function checkNamedPositions(world: World): Promise<void> {
  const { log, database } = world
  for (const partition of PARTITIONS) {
    const e = database.progress.get(String(partition))?.e
    const changes = await all(world, CHANGES_TOPIC, partition)
    const hashes = new Map(changes.map((record) => [record.offset + 1n, recordsHash([record])]))
    const { earliest = 0n } = (await log.bounds(CHANGES_TOPIC))[partition] ?? {}
    for (const record of await all(world, REVOCATIONS_TOPIC, partition)) {
      const { checkpoint } = readCheckpoint(record) ?? {}
      const { offset = 0n, lastRecordHash = null } = checkpoint?.heartbeat?.next ?? {}
      if (checkpoint?.e !== e || offset <= earliest || hashes.get(offset) === lastRecordHash)
        continue
      if (isAuthentic(world, record))
        violate(world, 'S6', `${offset} of ${partition} in ${e} is another record than named`)
    }
  }
}

async function all(
  { log }: World,
  topic: string,
  partition: number,
): Promise<readonly LogRecord[]> {
  const { earliest = 0n } = (await log.bounds(topic))[partition] ?? {}
  return log.read(topic, partition, earliest, RECORDS_MAX)
}

function isAuthentic({ keys }: World, record: LogRecord): boolean {
  const read = readCheckpoint(record)
  const key = keys.checkpoints.find(({ kid }) => kid === read?.kid)
  const isOwn = read?.checkpoint.partition === record.partition
  return read !== undefined && key !== undefined && isOwn && verifyCheckpoint(read, key)
}
