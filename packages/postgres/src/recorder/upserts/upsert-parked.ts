import type { Statement } from '../../connection/query.ts'

/**
 * Records that a partition ($1) quarantined in an incarnation ($2): names ($3), topics ($4), first offsets
 * ($5) and times ($6), newest offsets ($7) and times ($8), arrivals ($9), codes ($10), rules ($11), tenants
 * ($12), sources ($13), changes ($14), sizes ($15). A record that is read again counts once.
 */
export const upsertParked: Statement = {
  name: 'recorder-upsert-parked',
  text: `
    INSERT INTO quarantine AS q (id, topic, partition, e, log_offset, at_ms, last_e, last_offset,
      last_at_ms, arrivals, code, rule, tenant, source, change, bytes)
    SELECT id, topic, $1, $2, log_offset, at_ms, $2, last_offset, last_at_ms, arrivals, code, rule,
      tenant, source, change, bytes
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
      $9::int[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::int[])
      AS row (id, topic, log_offset, at_ms, last_offset, last_at_ms, arrivals, code, rule, tenant,
        source, change, bytes)
    ON CONFLICT (id) DO UPDATE SET last_e = excluded.last_e, last_offset = excluded.last_offset,
      last_at_ms = excluded.last_at_ms, arrivals = q.arrivals + excluded.arrivals,
      code = excluded.code, rule = excluded.rule, tenant = excluded.tenant,
      source = excluded.source, change = excluded.change
    WHERE (q.last_e, q.last_offset) < (excluded.last_e, excluded.last_offset)`,
}
