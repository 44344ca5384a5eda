import type { Heartbeat } from '@freshet/protocol'
import {
  readCheckpoint,
  REVOCATIONS_TOPIC,
  type LogReader,
  type LogRecord,
  type PartitionBounds,
  type VerifyKey,
} from '@freshet/wire'
import { checkpointIn } from '../publish/read-back.ts'

/** The number of records that are read back in search of checkpoints; a heartbeat ends every drain. */
const READ_BACK_MAX = 20_000n
const CHUNK = 1_000

/** The content of the revocation topic about our position. */
export interface NamedPosition {
  /** The highest incarnation above the requested one; 0 if there is none. */
  readonly laterE: bigint
  /** The latest position that a heartbeat of the requested incarnation names. */
  readonly next: Heartbeat['next'] | undefined
}

/** A heartbeat that is not verified yet, and the position that it names. */
interface Naming {
  readonly record: LogRecord
  readonly next: Heartbeat['next']
}

/** The range to read, and the keys whose checkpoints count. */
export interface ReadBackRange {
  readonly bounds: PartitionBounds
  readonly e: bigint
  /** Offset of the stored head; checkpoints before it were read when it was stored. */
  readonly head: bigint | null
  readonly keys: readonly VerifyKey[]
}

/**
 * Returns what the checkpoints since the stored head record about our position in the change topic. They are
 * the memory outside of the database (rule 28). Not only the last one counts: one of a later incarnation that
 * landed late is soon followed by one of our own. A database that went back also publishes an earlier
 * position behind a later one. Only the checkpoints that decide the result are verified.
 */
export async function namedPosition(
  reader: LogReader,
  range: ReadBackRange,
): Promise<NamedPosition> {
  const { bounds, e, keys } = range
  const ours: Naming[] = []
  let laterE = 0n
  for (let from = startOf(range); from < bounds.end;) {
    const records = await reader.read(REVOCATIONS_TOPIC, bounds.partition, from, CHUNK)
    for (const record of records) {
      const checkpoint = readCheckpoint(record)?.checkpoint
      if (checkpoint === undefined) continue
      if (checkpoint.e > e && checkpoint.e > laterE) laterE = later(laterE, record, keys)
      if (checkpoint.e === e && checkpoint.heartbeat)
        ours.push({ record, next: checkpoint.heartbeat.next })
    }
    from = (records.at(-1)?.offset ?? bounds.end) + 1n
  }
  const latest = ours
    .sort((a, b) => Number(b.next.offset - a.next.offset))
    .find(({ record }) => checkpointIn(record, keys) !== undefined)
  return { laterE, next: latest?.next }
}

function startOf({ bounds, head }: ReadBackRange): bigint {
  const oldest = bounds.end - READ_BACK_MAX
  return [bounds.earliest, oldest, head ?? 0n].reduce((a, b) => (a > b ? a : b))
}

function later(known: bigint, record: LogRecord, keys: readonly VerifyKey[]): bigint {
  const found = checkpointIn(record, keys)?.e ?? 0n
  return found > known ? found : known
}
