import type { Feed } from '@freshet/intake'
import type { MemoryDatabase } from '../memory-database.ts'
import type { StampFloorRow, StampRow } from '../memory-rows.ts'

/**
 * Returns the floor of a feed. The search for its free sequences and numbers begins there, and pruning raises
 * it.
 */
export function floorOf(db: MemoryDatabase, { tenant, source }: Feed): StampFloorRow {
  const none = { tenant, source, nextSequence: 1n, nextNumbers: new Map<number, bigint>() }
  return db.stampFloors.get(JSON.stringify([tenant, source])) ?? none
}

/** Stores the present first free sequence and numbers as the floor. Stamps below the floor can be pruned. */
export function raiseStampFloor(
  db: MemoryDatabase,
  feed: Feed,
  rows: readonly StampRow[],
): StampFloorRow {
  const { tenant, source, ...before } = floorOf(db, feed)
  const sequences = rows.map(({ sequence }) => sequence)
  const [nextSequence = before.nextSequence] = firstFree(sequences, 1, before.nextSequence)
  const nextNumbers = new Map(before.nextNumbers)
  for (const partition of new Set(rows.map((row) => row.partition))) {
    const [next] = firstFree(numbersIn(rows, partition), 1, before.nextNumbers.get(partition))
    if (next !== undefined) nextNumbers.set(partition, next)
  }
  const raised = { tenant, source, nextSequence, nextNumbers }
  db.stampFloors.set(JSON.stringify([tenant, source]), raised)
  return raised
}

/** Returns the first `count` numbers, from a first one on, that are not taken, in ascending order. */
export function firstFree(
  taken: readonly (bigint | null)[],
  count: number,
  from: bigint = 1n,
): readonly bigint[] {
  const occupied = new Set(taken)
  const free: bigint[] = []
  for (let number = from; free.length < count; number += 1n) {
    if (!occupied.has(number)) free.push(number)
  }
  return free
}

/** Returns the numbers that a feed has assigned in a partition. */
export function numbersIn(rows: readonly StampRow[], partition: number): readonly bigint[] {
  return rows.filter((row) => row.partition === partition).map(({ number }) => number)
}
