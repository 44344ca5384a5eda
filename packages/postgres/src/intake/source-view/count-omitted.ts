import type { Statement } from '../../connection/query.ts'

/** Counts the accounts that the last snapshot of accounts of a feed ($1, $2) omitted. */
export const countOmitted: Statement = {
  name: 'intake-count-omitted',
  text: `
    SELECT count(*) AS accounts FROM account_state
    WHERE tenant = $1 AND source = $2 AND omitted AND state = 'disabled'`,
}
