import type { Statement } from '../connection/query.ts'

/** Locks the feed ($1 tenant, $2 source) until the end of the transaction, making it if need be. */
export const lockFeed: Statement = {
  name: 'intake-lock-feed',
  text: `
    INSERT INTO stamp_feed (tenant, source) VALUES ($1, $2)
    ON CONFLICT (tenant, source) DO UPDATE SET source = excluded.source`,
}
