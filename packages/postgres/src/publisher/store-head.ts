import { hash } from 'node:crypto'
import { REVOCATIONS_TOPIC, type OutgoingRecord } from '@freshet/wire'
import type { StoreHead } from '@freshet/reconciler'
import type { Statement, Queryable } from '../connection/query.ts'
import { bools, byteas, columnsOf, int4s, int8s, texts } from '../rows/columns.ts'
import { packRecord } from '../rows/stored-record.ts'
import { raisePublishedFloors } from './select-live.ts'

const OFFSET_MAX = '9223372036854775807'

/**
 * The new heads ($3 hashes, $4 offsets, signed by $8) and bases ($5, $6) of some partitions ($1), each where its
 * generation ($2) and the head that was linked to ($7) still stand (rule 42); those alone are returned.
 * Of the keys before, those are kept that signed since base; none at a new root ($9).
 *
 * Candidates before the base are of no more use, and none is at a new root, which becomes the first one. Else a
 * head becomes a candidate unless one was noted within the last 10 seconds.
 */
export const updateHeads: Statement = {
  name: 'publisher-store-heads',
  text: `
    WITH told AS (
      SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[], $4::bigint[], $5::text[],
          $6::bigint[], $7::text[], $8::text[], $9::boolean[])
        AS told (partition, generation, hash, log_offset, base, base_offset, linked, kid, is_anew)),
    held AS (
      SELECT partition FROM publisher WHERE partition = ANY ($1::int[])
      ORDER BY partition FOR UPDATE),
    stored AS (
      UPDATE publisher p
      SET head_hash = told.hash, head_offset = told.log_offset, head_at = clock_timestamp(),
          base_hash = told.base, base_offset = told.base_offset, renewed_at = clock_timestamp(),
          signers = (
            SELECT coalesce(jsonb_object_agg(signer.kid, at), '{}')
            FROM jsonb_each_text(p.signers) AS signer (kid, at)
            WHERE NOT told.is_anew AND at::bigint >= told.base_offset)
            || jsonb_build_object(told.kid, told.log_offset)
      FROM told JOIN held USING (partition)
      WHERE p.partition = told.partition AND p.generation = told.generation
        AND p.head_hash IS NOT DISTINCT FROM told.linked
      RETURNING told.*),
    gone AS (
      DELETE FROM stored_checkpoint c USING stored
      WHERE c.partition = stored.partition
        AND c.log_offset < CASE WHEN stored.is_anew THEN ${OFFSET_MAX} ELSE stored.base_offset END),
    noted AS (
      INSERT INTO stored_checkpoint (partition, hash, log_offset, stored_at, is_root)
      SELECT partition, CASE WHEN is_anew THEN base ELSE hash END,
        CASE WHEN is_anew THEN base_offset ELSE log_offset END, clock_timestamp(), is_anew
      FROM stored
      WHERE is_anew OR coalesce((
        SELECT c.stored_at FROM stored_checkpoint c
        WHERE c.partition = stored.partition ORDER BY c.log_offset DESC LIMIT 1
      ) <= clock_timestamp() - interval '10 seconds', true)
      ON CONFLICT DO NOTHING)
    SELECT partition FROM stored`,
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

/**
 * Stores heads of different partitions and what was published with them, inside a transaction; `false`:
 * nothing changed of that partition. Rows are locked in one order in every process.
 */
export async function storeHeads(
  tx: Queryable,
  heads: readonly StoreHead[],
): Promise<readonly boolean[]> {
  const { rows } = await tx.query<{ partition: number }>(updateHeads, headValues(heads))
  const stored = new Set(rows.map(({ partition }) => partition))
  const ordered = heads
    .filter(({ partition }) => stored.has(partition))
    .toSorted((a, b) => a.partition - b.partition)
  await Promise.all([removeRows(tx, ordered), ...ordered.map((head) => notePermanents(tx, head))])
  return heads.map(({ partition }) => stored.has(partition))
}

function headValues(heads: readonly StoreHead[]): readonly Buffer[] {
  return columnsOf(heads, [
    int4s(({ partition }) => partition),
    int8s(({ generation }) => generation),
    texts(({ head }) => head.hash),
    int8s(({ head }) => head.offset),
    texts(({ base }) => base.hash),
    int8s(({ base }) => base.offset),
    texts(({ linked }) => linked),
    texts(({ kid }) => kid),
    bools(({ isAnew }) => isAnew),
  ])
}

async function removeRows(tx: Queryable, heads: readonly StoreHead[]): Promise<void> {
  const fromOutbox = heads.flatMap(({ published }) =>
    published.filter(({ row }) => row.id !== null),
  )
  if (fromOutbox.length === 0) return
  const values = columnsOf(fromOutbox, [
    int8s(({ row }) => row.id),
    int8s(({ offset }) => offset),
    int8s(({ appendedAtMs }) => appendedAtMs),
    byteas(({ row }) => digestOf(row.record)),
  ])
  const floors = columnsOf(heads, [int4s(({ partition }) => partition), int8s(lastIdOf)])
  // A connection runs statements in the order in which they are sent: the second sees the removal.
  await Promise.all([
    tx.query(deletePublished, values),
    tx.query(raisePublishedFloors, [REVOCATIONS_TOPIC, ...floors]),
  ])
}

/** Returns the last id of the published rows; 0 if none came from the outbox, which raises no floor. */
function lastIdOf({ published }: StoreHead): bigint {
  return published.reduce((last, { row: { id } }) => (id && id > last ? id : last), 0n)
}

/** As Postgres computes it of the column: a row goes only if it holds this very record. */
function digestOf(record: OutgoingRecord): Buffer {
  return hash('sha256', packRecord(record), 'buffer')
}

/** The head's offset is beyond the record's: a base at or behind the head never passes the record. */
async function notePermanents(tx: Queryable, stored: StoreHead): Promise<void> {
  const names = stored.published.flatMap(({ row }) => row.permanent ?? [])
  const { partition, head } = stored
  const denials = names.flatMap((name) => (name.kind === 'denial' ? [name.denialKey] : []))
  await Promise.all([
    names.some(({ kind }) => kind === 'map') &&
      tx.query(noteMap, [partition, head.hash, head.offset]),
    denials.length > 0 && tx.query(noteDenials, [denials, head.hash, head.offset]),
  ])
}
