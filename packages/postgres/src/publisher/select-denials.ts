import type { Statement } from '../connection/query.ts'

/** Denials of keys and issuers, which have no expiry, with their latest publication. */
export const selectPermanentDenials: Statement = {
  name: 'publisher-permanent-denials',
  text: `
    SELECT denial_key, record, published_hash, published_offset, published_at
    FROM denial WHERE kind IN ('key', 'issuer') AND record IS NOT NULL ORDER BY denial_key`,
}

/** A row of the statement. */
export interface DenialTableRow {
  denial_key: string
  record: Buffer
  published_hash: string | null
  published_offset: bigint | null
  published_at: Date | null
}
