import type { Statement } from '../query.ts'

/** Unpublished rows of a topic ($1) and partition ($2) in order, at most $3. */
export const selectRows: Statement = {
  name: 'publisher-rows',
  text: `
    SELECT id, partition, record
    FROM outbox WHERE topic = $1 AND partition = $2 ORDER BY id LIMIT $3`,
}

/** Unpublished rows of a topic ($1) in any partition, at most $2. */
export const selectForwardRows: Statement = {
  name: 'publisher-forward-rows',
  text: `
    SELECT id, partition, record
    FROM outbox WHERE topic = $1 ORDER BY id LIMIT $2`,
}

/** A row of either statement. */
export interface OutboxTableRow {
  id: bigint
  partition: number
  /** Packed. */
  record: Buffer
}
