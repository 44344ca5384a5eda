import type { Statement } from '../../connection/query.ts'

/**
 * The places, from 1, of those of the tenants ($3) with the begin of the keys of an issuer's subjects ($4) that
 * have stored claims in the partitions $1, or accounts if $2. A range by the order of the walks finds each by an
 * index: no character is above the last one of Unicode.
 */
export const selectKnownIssuers: Statement = {
  name: 'recorder-select-known-issuers',
  planEach: true,
  text: `
    SELECT asked.n::int
    FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS asked (tenant, prefix, n)
    WHERE EXISTS (
        SELECT FROM unnest($1::int[]) AS placed (partition)
        CROSS JOIN LATERAL (
          SELECT FROM claim_state c
          WHERE c.partition = placed.partition AND c.partition >= 0 AND c.tenant = asked.tenant
            AND c.subject COLLATE "C" >= asked.prefix
            AND c.subject COLLATE "C" < asked.prefix || chr(1114111)
          LIMIT 1) AS found)
      OR ($2::boolean AND EXISTS (
        SELECT FROM account_state a
        WHERE a.tenant = asked.tenant AND a.subject COLLATE "C" >= asked.prefix
          AND a.subject COLLATE "C" < asked.prefix || chr(1114111)))`,
}
