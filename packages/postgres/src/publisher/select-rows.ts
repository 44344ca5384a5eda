import { REVOCATIONS_TOPIC } from '@freshet/events'
import type { Statement } from '../query.ts'
import { FLOOR } from './floor.ts'

/** Unpublished rows of a topic ($1) and partition ($2) in order, at most $3, behind the floor of the partition. */
export const selectRows: Statement = {
  name: 'publisher-rows',
  text: `
    SELECT id, partition, record
    FROM outbox
    WHERE topic = $1 AND partition = $2
      AND id > (SELECT coalesce(max(${FLOOR}), 0) FROM publisher WHERE partition = $2)
    ORDER BY id LIMIT $3`,
}

/** Rows of a topic ($1) but the revocations' in any partition, behind an id ($2), at most $3. */
export const selectForwardRows: Statement = {
  name: 'publisher-forward-rows',
  text: `
    SELECT id, partition, record
    FROM outbox WHERE topic = $1 AND topic <> '${REVOCATIONS_TOPIC}' AND id > $2
    ORDER BY id LIMIT $3`,
}

/** A row of either statement. */
export interface OutboxTableRow {
  id: bigint
  partition: number
  /** Packed. */
  record: Buffer
}
