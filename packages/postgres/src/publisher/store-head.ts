import type { Statement } from '../query.ts'

/**
 * The new head ($3 hash, $4 offset, signed by $8) and base ($5, $6) of a partition ($1), if its
 * generation ($2) and the head that was linked to ($7) still stand (rule 42). No row: they do not.
 * Of the keys before, those are kept that signed since base; none at a new root ($9).
 */
export const updateHead: Statement = {
  name: 'publisher-store-head',
  text: `
    UPDATE publisher
    SET head_hash = $3, head_offset = $4, head_at = clock_timestamp(),
        base_hash = $5, base_offset = $6, renewed_at = clock_timestamp(),
        signers = (
          SELECT coalesce(jsonb_object_agg(kid, at), '{}')
          FROM jsonb_each_text(signers) AS signer (kid, at)
          WHERE NOT $9 AND at::bigint >= $6) || jsonb_build_object($8::text, $4::bigint)
    WHERE partition = $1 AND generation = $2 AND head_hash IS NOT DISTINCT FROM $7
    RETURNING head_at`,
}

/**
 * Notes a head as a candidate for the base, unless one was noted within the last 10 seconds. Only the newest one is
 * read: a partition has a candidate for every 10 seconds of T_max.
 */
export const insertCandidate: Statement = {
  name: 'publisher-insert-candidate',
  text: `
    INSERT INTO stored_checkpoint (partition, hash, log_offset, stored_at, is_root)
    SELECT $1, $2, $3, clock_timestamp(), $4
    WHERE $4 OR coalesce((
      SELECT stored_at FROM stored_checkpoint
      WHERE partition = $1 ORDER BY log_offset DESC LIMIT 1
    ) <= clock_timestamp() - interval '10 seconds', true)
    ON CONFLICT DO NOTHING`,
}

/** Candidates before the base's offset ($2) of a partition ($1) are of no more use. */
export const deleteCandidates: Statement = {
  name: 'publisher-delete-candidates',
  text: `DELETE FROM stored_checkpoint WHERE partition = $1 AND log_offset < $2`,
}

/** All candidates of a partition: a new tree begins. */
export const deleteAllCandidates: Statement = {
  name: 'publisher-delete-all-candidates',
  text: `DELETE FROM stored_checkpoint WHERE partition = $1`,
}

/**
 * Removes published rows ($1) and notes where and when their changes ($2 offsets, $3 ms) landed. A
 * row goes only if its record is the one that was published (SHA-256 $4): a restore gives a row's number
 * to another one, and a publisher that was paused across it would remove that. Changes are locked in the order
 * of their ids, as marking does.
 */
export const deletePublished: Statement = {
  name: 'publisher-delete-published',
  text: `
    WITH landed AS (
      SELECT id, log_offset, at_ms, digest
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])
        AS landed (id, log_offset, at_ms, digest)),
    gone AS (
      DELETE FROM outbox USING landed WHERE outbox.id = landed.id
        AND sha256(outbox.record) = landed.digest
      RETURNING outbox.tenant, outbox.source, outbox.change, outbox.partition,
        landed.log_offset, landed.at_ms)
    UPDATE change_log c SET published_at_ms = newest.at_ms, revocation_offset = newest.log_offset
    FROM (SELECT tenant, source, change, partition, max(log_offset) AS log_offset, max(at_ms) AS at_ms
          FROM gone WHERE change IS NOT NULL GROUP BY tenant, source, change, partition
          ORDER BY change, tenant, source, partition)
      AS newest
    WHERE c.tenant = newest.tenant AND c.source = newest.source AND c.id = newest.change
      AND c.partition + 0 = newest.partition
      AND c.published_at_ms IS NULL`,
}

/** Notes the head ($3 hash, $4 offset) with which the claim map of a partition ($1) went out. */
export const noteMap: Statement = {
  name: 'publisher-note-map',
  text: `
    UPDATE publisher
    SET map_published_hash = $2, map_published_offset = $3, map_published_at = clock_timestamp()
    WHERE partition = $1`,
}

/** Notes the head ($2 hash, $3 offset) with which denials ($1 keys) went out. */
export const noteDenials: Statement = {
  name: 'publisher-note-denials',
  text: `
    UPDATE denial
    SET published_hash = $2, published_offset = $3, published_at = clock_timestamp()
    WHERE denial_key = ANY ($1::text[])`,
}

/**
 * Removes rows ($1) that the broker acknowledged, and notes of parked records ($2 names) where they
 * stand now ($3 partitions, $4 offsets): the newest copy is kept longest.
 */
export const deleteForwarded: Statement = {
  name: 'publisher-delete-forwarded',
  text: `
    WITH gone AS (DELETE FROM outbox WHERE id = ANY ($1::bigint[])),
    held AS (SELECT id FROM quarantine WHERE id = ANY ($2::text[]) ORDER BY id FOR UPDATE)
    UPDATE quarantine q SET stands_partition = newest.partition, stands_offset = newest.log_offset
    FROM (SELECT id, partition, max(log_offset) AS log_offset
          FROM unnest($2::text[], $3::int[], $4::bigint[]) AS landed (id, partition, log_offset)
          GROUP BY id, partition) AS newest
      JOIN held USING (id)
    WHERE q.id = newest.id`,
}
