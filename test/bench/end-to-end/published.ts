import { setTimeout as sleep } from 'node:timers/promises'
import { invariant } from '@freshet/protocol'
import { readCheckpoint, REVOCATIONS_TOPIC, type LogReader } from '@freshet/wire'
import type { Database } from '@freshet/postgres'
import { wantedOf, type Place } from './deliveries.ts'

/** The change log's record of one change, with times in milliseconds of the machine's wall clock. */
export interface Published {
  readonly id: string
  readonly partition: number
  readonly appendedAtMs: number
  readonly recordedAtMs: number
  readonly publishedAtMs: number
  /** Offset of its revocation. */
  readonly offset: number
}

const POLL_MS = 50
const WITHIN_MS = 60_000
const LOT = 5_000

/** Waits until all changes with this id prefix are published, and returns them. */
export async function publishedOf(
  database: Database,
  prefix: string,
  count: number,
): Promise<readonly Published[]> {
  const deadlineMs = Date.now() + WITHIN_MS
  while ((await countOf(database, prefix)) < count) {
    if (Date.now() > deadlineMs) throw new Error(`Not all changes ${prefix}… were published.`)
    await sleep(POLL_MS)
  }
  const { rows } = await database.query<Row>(
    {
      name: 'bench-published',
      text: `SELECT id, partition, appended_at_ms, applied_at_ms, published_at_ms, revocation_offset
        FROM change_log WHERE revocation_offset IS NOT NULL AND starts_with(id, $1)`,
    },
    [prefix],
  )
  return rows.map((row) => ({
    id: row.id,
    partition: row.partition,
    appendedAtMs: Number(row.appended_at_ms),
    recordedAtMs: Number(row.applied_at_ms),
    publishedAtMs: Number(row.published_at_ms),
    offset: Number(row.revocation_offset),
  }))
}

interface Row extends Record<string, unknown> {
  readonly id: string
  readonly partition: number
  readonly appended_at_ms: bigint
  readonly applied_at_ms: bigint
  readonly published_at_ms: bigint
  readonly revocation_offset: bigint
}

async function countOf(database: Database, prefix: string): Promise<number> {
  const { rows } = await database.query<{ n: bigint }>(
    {
      name: 'bench-count-published',
      text: `SELECT count(*) AS n FROM change_log
        WHERE revocation_offset IS NOT NULL AND starts_with(id, $1)`,
    },
    [prefix],
  )
  return Number(rows[0]?.n)
}

/**
 * Returns the checkpoint that covers each of these revocations: the next one in its partition. Edges apply a
 * record when they have read its checkpoint.
 */
export async function checkpointsOver(
  reader: LogReader,
  revocations: readonly Place[],
): Promise<readonly Place[]> {
  const over = new Map<number, ReadonlyMap<number, number>>()
  for (const [partition, offsets] of wantedOf(revocations)) {
    const checkpoints = await checkpointsFrom(reader, partition, offsets)
    over.set(partition, nextOf(offsets, checkpoints))
  }
  return revocations.map(({ partition, offset }) => {
    const checkpoint = over.get(partition)?.get(offset)
    invariant(checkpoint !== undefined, 'A published revocation stands under no checkpoint.')
    return { partition, offset: checkpoint }
  })
}

/** Returns for each offset the first of the others that follows; both ascend. */
function nextOf(
  offsets: readonly number[],
  others: readonly number[],
): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  let next = 0
  for (const offset of offsets) {
    while ((others[next] ?? Infinity) < offset) next += 1
    const other = others[next]
    if (other !== undefined) found.set(offset, other)
  }
  return found
}

/**
 * Returns the offsets of the checkpoints from the first of these revocations to the one that covers the last.
 */
async function checkpointsFrom(
  reader: LogReader,
  partition: number,
  offsets: readonly number[],
): Promise<readonly number[]> {
  const lastOffset = offsets.at(-1) ?? 0
  let from = BigInt(offsets[0] ?? 0)
  const found: number[] = []
  while ((found.at(-1) ?? -1) < lastOffset) {
    const records = await reader.read(REVOCATIONS_TOPIC, partition, from, LOT)
    if (records.length === 0) return found
    for (const record of records)
      if (readCheckpoint(record) !== undefined) found.push(Number(record.offset))
    from = (records.at(-1)?.offset ?? from) + 1n
  }
  return found
}
