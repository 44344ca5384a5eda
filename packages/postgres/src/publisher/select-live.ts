import type { Statement } from '../query.ts'

/**
 * The records of all watermarks of a partition ($1), those of their times too, and of all denials where it is the control
 * partition: what a reader must know who starts at a new root (rule 49).
 */
export const selectLive: Statement = {
  name: 'publisher-live',
  text: `
    SELECT scope_key AS name, record FROM watermark WHERE partition = $1 AND record IS NOT NULL
    UNION ALL
    SELECT scope_key AS name, time_record AS record FROM watermark
      WHERE partition = $1 AND time_record IS NOT NULL
    UNION ALL
    SELECT denial_key AS name, record FROM denial WHERE $1 = 0 AND record IS NOT NULL`,
}

/** A row of the statement. */
export interface LiveRow {
  name: string
  record: Buffer
}
