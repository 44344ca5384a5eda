import type { Statement } from '../connection/query.ts'

interface Walk {
  readonly name: string
  readonly from: string
  /** Time and name of a row: the order of an index, behind what `where` compares. */
  readonly at: string
  readonly key: string
  readonly timeRecord: string
  readonly where: string
}

/**
 * The next step of a walk over rows that have a record: those behind a row (at $1, key $2), at most $3. A step
 * ends when its records have $4 bytes, so the last one is over by one row at most.
 */
function stepOf({ name, from, at, key, timeRecord, where }: Walk): Statement {
  return {
    name: `publisher-live-${name}`,
    text: `
      SELECT at, key, record, time_record FROM (
        SELECT at, key, record, time_record,
          coalesce(sum(bytes) OVER (
            ORDER BY at, key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
        FROM (
          SELECT ${at} AS at, ${key} AS key, record, ${timeRecord} AS time_record,
            coalesce(octet_length(record), 0) + coalesce(octet_length(${timeRecord}), 0) AS bytes
          FROM ${from} WHERE ${where} AND (${at}, ${key}) > ($1::bigint, $2::text)
          ORDER BY ${at}, ${key} LIMIT $3) AS step
      ) AS sized
      WHERE bytes_before < $4 ORDER BY at, key`,
  }
}

/** Watermarks of a partition ($5), those of their times too. */
export const selectLiveWatermarks: Statement = stepOf({
  name: 'watermarks',
  from: 'watermark',
  at: 'raised_at_ms',
  key: 'scope_key',
  timeRecord: 'time_record',
  where: 'partition = $5',
})

const denial = {
  from: 'denial',
  at: 'recorded_at_ms',
  key: 'denial_key',
  timeRecord: 'NULL::bytea',
} as const

/** Denials of a kind ($5) that name tokens whose end is not known. */
export const selectLiveDenials: Statement = stepOf({
  ...denial,
  name: 'denials',
  where: 'exp_ms IS NULL AND kind = $5 AND record IS NOT NULL',
})

/** Denials of tokens that ended after $5. */
export const selectLiveDenialsWithEnd: Statement = stepOf({
  ...denial,
  name: 'denials-with-end',
  where: 'exp_ms > $5 AND record IS NOT NULL',
})

/** A row of the statements. */
export interface LiveRow {
  at: bigint
  key: string
  record: Buffer | null
  time_record: Buffer | null
}
