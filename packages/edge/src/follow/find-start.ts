import { FreshetError, type CheckpointRef, type Heartbeat } from '@freshet/protocol'
import {
  readCheckpoint,
  REVOCATIONS_TOPIC,
  type LogReader,
  type LogRecord,
  type PartitionBounds,
} from '@freshet/wire'
import type { KeyRing } from '../keys/key-ring.ts'
import { START_READ_BACK } from '../limits.ts'
import type { Turns } from './turns.ts'
import { processCheckpoints } from './verified-checkpoints.ts'

/** The parts by which an edge finds its start. */
export interface StartParts {
  readonly reader: Pick<LogReader, 'read'>
  readonly keys: Pick<KeyRing, 'find'>
  /** T_max of this edge. */
  readonly tokenLifeMaxMs: number
  readonly turns: Turns
}

/** The offset at which an edge begins to read a partition. */
export interface Start {
  readonly base: CheckpointRef
  /** Heartbeats before this offset add nothing to the one that names base: only their path counts. */
  readonly pathUntil: bigint
}

/** A heartbeat whose signature holds, and where it stands. */
interface Found {
  readonly heartbeat: Heartbeat
  readonly offset: bigint
}

/**
 * The base that the newest heartbeat near the end of a partition names (rules 31, 47), and `undefined` where the edge
 * has to begin at the earliest offset: no heartbeat there has a valid signature, its base stands outside the
 * partition, or the publisher's T_max is below that of this edge.
 *
 * It decides where reading begins, and nothing else: trust still needs the whole path.
 *
 * @throws `broker.unavailable`
 */
export async function findStart(
  parts: StartParts,
  bounds: PartitionBounds,
): Promise<Start | undefined> {
  const { earliest, end } = bounds
  for (const back of START_READ_BACK) {
    const from = end - BigInt(back) > earliest ? end - BigInt(back) : earliest
    const found = await newestTrusted(parts, bounds, await recordsFrom(parts, bounds, from, back))
    if (found !== undefined) return startOf(found, bounds, parts.tokenLifeMaxMs)
    if (from === earliest) return undefined
  }
  return undefined
}

async function recordsFrom(
  { reader }: StartParts,
  { partition, end }: PartitionBounds,
  from: bigint,
  limit: number,
): Promise<readonly LogRecord[]> {
  if (from >= end) return []
  try {
    return await reader.read(REVOCATIONS_TOPIC, partition, from, limit)
  } catch (error) {
    // Retention or a new topic removed it meanwhile: an edge that begins at the earliest offset finds the
    // same.
    if (error instanceof FreshetError && error.code === 'broker.offset-lost') return []
    throw error
  }
}

async function newestTrusted(
  { keys, turns }: StartParts,
  { partition }: PartitionBounds,
  records: readonly LogRecord[],
): Promise<Found | undefined> {
  for (const record of records.toReversed()) {
    while (turns.isOver) await turns.next()
    const read = turns.step(() => readCheckpoint(record))
    const heartbeat = read?.checkpoint.heartbeat
    if (read === undefined || heartbeat === undefined) continue
    if (read.checkpoint.partition !== partition) continue
    const key = await keys.find('checkpoints', read.kid)
    if (key === undefined) continue
    while (turns.isOver) await turns.next()
    if (!turns.step(() => processCheckpoints.verify(read, key))) continue
    return { heartbeat, offset: record.offset }
  }
  return undefined
}

function startOf(
  { heartbeat, offset }: Found,
  { earliest }: PartitionBounds,
  tokenLifeMaxMs: number,
): Start | undefined {
  const { base } = heartbeat
  // A publisher of an older version states none.
  if ((heartbeat.tokenLifeMaxMs ?? 0) < tokenLifeMaxMs) return undefined
  const stands = base.offset + 1n >= earliest && base.offset < offset
  // A heartbeat with groups rests on lists that earlier ones carry.
  const pathUntil = heartbeat.groups === undefined ? offset : 0n
  return stands ? { base, pathUntil } : undefined
}
