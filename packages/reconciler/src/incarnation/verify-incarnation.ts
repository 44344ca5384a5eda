import type { Clock, Heartbeat } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  recordsHash,
  REVOCATIONS_TOPIC,
  type LogReader,
  type PartitionBounds,
  type VerifyKey,
  readCheckpoint,
  type LogRecord,
} from '@freshet/wire'
import { checkpointIn } from '../publish/read-back.ts'
import type { IncarnationCheck } from '../record/run-partition.ts'
import { writtenRecord } from '../written-record.ts'

/** The dependencies of the check. */
export interface IncarnationParts {
  readonly store: IncarnationStore
  readonly reader: LogReader
  readonly clock: Clock
  /** Public keys of our checkpoints. */
  readonly checkpointKeys: () => readonly VerifyKey[]
  /** Called if the topic is another one than the database remembers. */
  onRaised(partition: number, why: string): void
}

/**
 * Checks that our positions belong to the change topic as it is now. It runs at start, at every reconnect and
 * when a partition's leader changes.
 *
 * The record before our position must be the one that the database remembers. The record before the latest
 * position that a heartbeat names since the stored head must be the one that it names. Another record, an
 * unreadable one, or a checkpoint of a later `e` raises the incarnation (rule 28). Resolves with the position
 * at which reading continues.
 *
 * @throws `broker.unavailable`, `database.*`: nothing is known, so nothing is allowed to continue
 */
export async function verifyIncarnation(
  parts: IncarnationParts,
  partition: number,
): Promise<RememberedPlace> {
  const { store } = parts
  const remembered = await store.remembered(partition)
  const named = await namedFor(parts, partition, remembered)
  const why = await contradiction(parts, partition, remembered, named)
  if (why === undefined) return remembered
  parts.onRaised(partition, why)
  await store.raise({
    from: remembered.e,
    to: nextIncarnation(remembered.e, named.laterE, parts.clock.nowMs()),
    earliest: new Map(
      (await parts.reader.bounds(CHANGES_TOPIC)).map((bounds) => [
        bounds.partition,
        bounds.earliest,
      ]),
    ),
  })
  return store.remembered(partition)
}

/** Returns the check in the form that the recorder calls. */
export function createIncarnationCheck(parts: IncarnationParts): IncarnationCheck {
  return { verify: (partition) => verifyIncarnation(parts, partition) }
}

/**
 * Returns an incarnation later than every one that any process can remember, also one that a restore forgot.
 */
export function nextIncarnation(e: bigint, named: bigint, nowMs: number): bigint {
  const seconds = BigInt(Math.floor(nowMs / 1000))
  return [e + 1n, named + 1n, seconds].reduce((a, b) => (a > b ? a : b))
}

async function namedFor(
  { reader, checkpointKeys }: IncarnationParts,
  partition: number,
  { e, head }: RememberedPlace,
): Promise<NamedPosition> {
  const bounds = boundsOf(await reader.bounds(REVOCATIONS_TOPIC, [partition]), partition)
  if (!bounds) return { laterE: 0n, next: undefined }
  return namedPosition(reader, { bounds, e, head, keys: checkpointKeys() })
}

async function contradiction(
  { reader }: IncarnationParts,
  partition: number,
  remembered: RememberedPlace,
  named: NamedPosition,
): Promise<string | undefined> {
  if (named.laterE > 0n) return 'a checkpoint of a later incarnation was published'
  if (!(await stands(reader, partition, remembered.nextOffset, remembered.lastHash))) {
    return 'the record before the position is not the one that the database remembers'
  }
  if (!named.next) return undefined
  const { offset, lastRecordHash } = named.next
  return (await stands(reader, partition, offset, lastRecordHash))
    ? undefined
    : 'the record before the position is not the one that a checkpoint names'
}

/**
 * Returns whether the record before a position has this hash. Before the first position there is none to
 * compare.
 */
async function stands(
  reader: LogReader,
  partition: number,
  position: bigint,
  hash: string | null,
): Promise<boolean> {
  if (hash === null) return true
  const at = { topic: CHANGES_TOPIC, partition, offset: position - 1n }
  const record = await writtenRecord(reader, at)
  return record !== undefined && recordsHash([record]) === hash
}

function boundsOf(all: readonly PartitionBounds[], partition: number): PartitionBounds | undefined {
  return all.find((bounds) => bounds.partition === partition)
}

/** The database's record of its place in a partition of the change topic. */
export interface RememberedPlace {
  readonly e: bigint
  readonly nextOffset: bigint
  /** Hash of the record before `nextOffset`; `null` before the first one. */
  readonly lastHash: string | null
  /** Offset of the stored head of the revocation partition; `null` before the first one. */
  readonly head: bigint | null
}

/** The changes of the database for a new incarnation. */
export interface Raise {
  /** The incarnation that failed the check; a later one in the database stays. */
  readonly from: bigint
  /** `max(from + 1, Unix seconds, …)`, so that a restored counter never repeats one (rule 27). */
  readonly to: bigint
  /** First offset that can be read, by partition: all partitions are read again. */
  readonly earliest: ReadonlyMap<number, bigint>
}

/** The store of positions. */
export interface IncarnationStore {
  remembered(partition: number): Promise<RememberedPlace>
  /**
   * Raises `e` in one transaction, with all progress rows locked in ascending order. It sets the positions to
   * the earliest offsets, and forgets the last hashes and every `through` (rules 18, 27). If the topic begins behind
   * the position of a partition, records were never read: every feed is halted there. It does nothing if the
   * database's `e` is no longer `from`.
   */
  raise(raise: Raise): Promise<void>
}

/** The number of records that are read back in search of checkpoints; a heartbeat ends every drain. */
const READ_BACK_MAX = 20_000n
const CHUNK = 1_000

/** The content of the revocation topic about our position. */
interface NamedPosition {
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
interface ReadBackRange {
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
async function namedPosition(reader: LogReader, range: ReadBackRange): Promise<NamedPosition> {
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
