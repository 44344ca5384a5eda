import { setTimeout as sleep } from 'node:timers/promises'
import { CONTROL_PARTITION, PARTITIONS } from '@freshet/protocol'
import type { Database } from '@freshet/postgres'
import type { BenchContext } from '../scenario.ts'

const POLL_MS = 50
const STANDS_WITHIN_MS = 300_000

/** The time that the publishers needed for new roots, in milliseconds. */
export interface NewRoots {
  readonly all: number
  readonly control: number
}

/**
 * Deletes the stored heads of all partitions, and waits until a new root of each is stored.
 *
 * @throws Error if one is missing after five minutes
 */
export async function loseHeads(context: BenchContext, database: Database): Promise<NewRoots> {
  const before = await basesOf(database)
  const startMs = performance.now()
  await database.query({ name: '', text: `UPDATE publisher SET head_hash = 'lost'` })
  const standsMs = new Map<number, number>()
  while (standsMs.size < PARTITIONS.length) {
    const nowMs = performance.now() - startMs
    if (nowMs > STANDS_WITHIN_MS)
      throw new Error(`${standsMs.size} roots stand after five minutes.`)
    for (const [partition, base] of await basesOf(database))
      if (base !== before.get(partition) && !standsMs.has(partition)) {
        standsMs.set(partition, nowMs)
        context.progress(`root of partition ${partition} stands after ${Math.round(nowMs)} ms`)
      }
    await sleep(POLL_MS)
  }
  const control = standsMs.get(CONTROL_PARTITION) ?? Number.NaN
  return { all: Math.max(...standsMs.values()), control }
}

async function basesOf(database: Database): Promise<ReadonlyMap<number, string | null>> {
  const text = 'SELECT partition, base_hash FROM publisher'
  const { rows } = await database.query<{ partition: number; base_hash: string | null }>({
    name: 'bench-bases',
    text,
  })
  return new Map(rows.map(({ partition, base_hash: base }) => [partition, base]))
}
