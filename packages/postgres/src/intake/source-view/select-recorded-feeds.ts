import type { Statement } from '../../connection/query.ts'

/** The reconciler's state of a feed ($1, $2), by partition. */
export const selectRecordedFeeds: Statement = {
  name: 'intake-select-recorded-feeds',
  text: `
    SELECT partition, complete, beyond, through_ms, halted, ahead_ms, snapshot_epoch, snapshot_n,
      border_epoch, border_n, statement, ended, held, compared, covers, ending, states
    FROM feed
    WHERE tenant = $1 AND source = $2 ORDER BY partition`,
}
