import type { Database } from '@freshet/postgres'
import { DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'

/** The records of the reconciler, read from the database. */
export interface RecordedState {
  /** The offset of the next record of a partition. */
  positionOf(partition: number): Promise<number>
  /** Up to when HR has stated its changes in a partition, in milliseconds; 0 where no heartbeat counts. */
  throughOf(partition: number): Promise<number>
  /** Counts the rows of a change in the change log. */
  countOf(id: string): Promise<number>
}

/** Reads it on a connection of the test. */
export function recordedState(db: Database): RecordedState {
  const numbers = async (text: string, values: readonly unknown[]): Promise<readonly number[]> => {
    const { rows } = await db.query<{ n: string | null }>({ name: '', text }, values)
    return rows.map(({ n }) => Number(n))
  }
  const one = async (text: string, ...values: readonly unknown[]): Promise<number> =>
    (await numbers(text, values))[0] ?? 0
  return {
    positionOf: (partition) =>
      one('SELECT next_offset::text AS n FROM progress WHERE partition = $1', partition),
    throughOf: (partition) =>
      one(
        `SELECT through_ms::text AS n FROM feed WHERE tenant = $1 AND source = 'hr' AND partition = $2`,
        DEV_TENANT,
        partition,
      ),
    countOf: (id) => one('SELECT count(*)::text AS n FROM change_log WHERE id = $1', id),
  }
}
