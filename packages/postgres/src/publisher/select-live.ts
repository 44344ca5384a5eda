import type { Statement } from '../query.ts'

const since = (parameter: string): string =>
  `floor(extract(epoch from clock_timestamp()) * 1000) - ${parameter}::bigint`

/**
 * The records of all watermarks of a partition ($1), those of their times too, and where it is the control
 * partition of the denials that judge living tokens: what a reader must know who starts at a new root (rule
 * 49). A denial of a session or a token judges none when it is older than T_max and its margin ($2 ms), or
 * when its token ended $3 ms ago.
 */
export const selectLive: Statement = {
  name: 'publisher-live',
  text: `
    SELECT record FROM watermark WHERE partition = $1 AND record IS NOT NULL
    UNION ALL
    SELECT time_record AS record FROM watermark WHERE partition = $1 AND time_record IS NOT NULL
    UNION ALL
    SELECT record FROM denial
      WHERE $1 = 0 AND exp_ms IS NULL AND kind IN ('key', 'issuer') AND record IS NOT NULL
    UNION ALL
    SELECT record FROM denial
      WHERE $1 = 0 AND exp_ms IS NULL AND kind IN ('session', 'token') AND record IS NOT NULL
        AND recorded_at_ms > (SELECT ${since('$2')})
    UNION ALL
    SELECT record FROM denial
      WHERE $1 = 0 AND exp_ms > (SELECT ${since('$3')}) AND record IS NOT NULL
        AND recorded_at_ms > (SELECT ${since('$2')})`,
}

/** A row of the statement. */
export interface LiveRow {
  record: Buffer
}
