import type { Checkpoint, Heartbeat } from '@freshet/domain'
import {
  readCheckpoint,
  REVOCATIONS_TOPIC,
  verifyCheckpoint,
  type LogReader,
  type LogRecord,
  type PartitionBounds,
  type VerifyKey,
} from '@freshet/events'

/** How far back the newest heartbeat is looked for; one stands at the end of every drain. */
const LOOK_BACK_MAX = 20_000n
const CHUNK = 1_000n

/** A heartbeat of ours, as the revocation topic has it. */
export interface NamedPosition {
  readonly e: bigint
  readonly next: Heartbeat['next']
}

/**
 * The newest authentic heartbeat of a revocation partition: what the world outside of the database
 * remembers of our position (rule 28). `undefined` where there is none.
 */
export async function lastHeartbeat(
  reader: LogReader,
  bounds: PartitionBounds,
  keys: readonly VerifyKey[],
): Promise<NamedPosition | undefined> {
  const stop =
    bounds.end - LOOK_BACK_MAX > bounds.earliest ? bounds.end - LOOK_BACK_MAX : bounds.earliest
  let to = bounds.end
  while (to > stop) {
    const from = to - CHUNK > stop ? to - CHUNK : stop
    const limit = Number(to - from)
    const records = await reader.read(REVOCATIONS_TOPIC, bounds.partition, from, limit)
    const found = records.filter(({ offset }) => offset < to).toReversed()
    for (const record of found) {
      const named = heartbeatOf(record, keys)
      if (named) return named
    }
    to = from
  }
  return undefined
}

function heartbeatOf(record: LogRecord, keys: readonly VerifyKey[]): NamedPosition | undefined {
  const read = readCheckpoint(record)
  if (read?.checkpoint.heartbeat === undefined) return undefined
  const key = keys.find(({ kid }) => kid === read.kid)
  if (!key || !verifyCheckpoint(read, key)) return undefined
  return isOf(read.checkpoint, record.partition)
    ? { e: read.checkpoint.e, next: read.checkpoint.heartbeat.next }
    : undefined
}

function isOf(checkpoint: Checkpoint, partition: number): boolean {
  return checkpoint.partition === partition
}
