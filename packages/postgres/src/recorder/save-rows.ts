import { type HeldFeed, MISSED_KEPT_MS, subjectKey } from '@freshet/protocol'
import type { RecordedProgress, RecordedBatch } from '@freshet/reconciler'
import { type OutgoingRecord, REVOCATIONS_TOPIC } from '@freshet/wire'
import { columnsOf, type Column, bools, int8s, jsonbs, texts } from '../rows/columns.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { packRecord } from '../rows/stored-record.ts'
import type { CommonRows } from './rows/common-rows.ts'

/** The place of a saved batch: an open transaction that has locked its partition's progress. */
export interface SaveContext {
  readonly tx: Queryable
  readonly rows: CommonRows
  readonly progress: RecordedProgress
  readonly pack: Packing
  /** The feeds that the transaction has loaded, by `feedKey`. */
  readonly loaded: ReadonlyMap<string, HeldFeed>
}

/** A record as it is stored. */
export type Packing = (record: OutgoingRecord) => Buffer

/** Packs each record of a batch once: what is published is kept with its watermark, too. */
export function packing(): Packing {
  const packed = new Map<OutgoingRecord, Buffer>()
  return (record) => {
    const bytes = packed.get(record) ?? packRecord(record)
    packed.set(record, bytes)
    return bytes
  }
}

/** Runs a statement over columns read from rows, if there are any. */
export async function overRows<Row>(
  tx: Queryable,
  statement: Statement,
  rows: readonly Row[],
  columns: { readonly before: readonly unknown[]; readonly of: readonly Column<Row>[] },
): Promise<void> {
  if (rows.length === 0) return
  await tx.query(statement, [...columns.before, ...columnsOf(rows, columns.of)])
}

/**
 * Records to publish, numbered in the order given: topics ($1), partitions ($2), packed records ($3)
 * and the changes behind them ($4 tenant, $5 source, $6 id). If ids began again, a new row can be below the floor
 * of its partition: the floor is then set back before it.
 */
export const insertOutbox: Statement = {
  name: 'recorder-insert-outbox',
  text: `
    WITH added AS (
      INSERT INTO outbox (topic, partition, record, tenant, source, change)
      SELECT topic, partition, record, tenant, source, change
      FROM unnest($1::text[], $2::int[], $3::bytea[], $4::text[], $5::text[], $6::text[])
        WITH ORDINALITY AS row (topic, partition, record, tenant, source, change, n)
      ORDER BY n
      RETURNING topic, partition, id)
    UPDATE publisher p SET published_to = first.id - 1
    FROM (
      SELECT partition, min(id) AS id FROM added WHERE topic = '${REVOCATIONS_TOPIC}'
      GROUP BY partition) AS first
    WHERE p.partition = first.partition AND p.published_to >= first.id`,
}

/**
 * Stamps learned in a partition ($1), so that a restored database does not give them out again (rule 35):
 * tenants ($2), sources ($3), ids ($4), numbers ($5), sequences ($6), content hashes ($7), offsets ($8). A
 * record in the topic was acknowledged, or was appended all the same. A row that waits under another number,
 * given after a restore, goes on waiting: its record fills a hole. Most were acknowledged by their gateway
 * meanwhile: those are read and not locked.
 */
export const upsertStamps: Statement = {
  name: 'recorder-upsert-stamps',
  text: `
    WITH learned AS MATERIALIZED (
      SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[],
        $8::bigint[]) AS row (tenant, source, id, number, sequence, content_hash, log_offset)
    ), news AS MATERIALIZED (
      SELECT l.* FROM learned l
      WHERE (SELECT s.acknowledged FROM stamp s
        WHERE s.tenant = l.tenant AND s.source = l.source AND s.id = l.id AND s.partition = $1
      ) IS NOT TRUE
    ), stored AS (
      INSERT INTO stamp AS s (tenant, source, id, partition, number, sequence, content_hash,
        acknowledged, log_offset)
      SELECT tenant, source, id, $1, number, sequence, content_hash, true, log_offset FROM news
      ON CONFLICT (tenant, source, id, partition) DO UPDATE
        SET acknowledged = true, log_offset = excluded.log_offset
        WHERE NOT s.acknowledged AND s.content_hash = excluded.content_hash
          AND s.number = excluded.number
      RETURNING tenant, source, partition, number, id
    )
    DELETE FROM waiting_record w USING stored s
    WHERE w.tenant = s.tenant AND w.source = s.source AND w.partition = s.partition
      AND w.number = s.number AND w.id = s.id`,
}

const MINUTE_MS = 60_000

/**
 * The time at which a watermark counts as raised: the end of the minute, so it is kept no shorter. The time
 * is indexed, and a watermark that is raised again within the minute leaves every index as it is.
 */
export function raisedAtMs(appliedAtMs: number): number {
  return Math.ceil(appliedAtMs / MINUTE_MS) * MINUTE_MS
}

const rises = '(w.e, w.position) < (excluded.e, excluded.position)'
const isLater = `(w.time_ms < excluded.time_ms
        OR (w.time_ms = excluded.time_ms AND ${rises}))`

/** The cause of the time, if the position has another cause: see `0022_foreign_tokens.sql`. */
function timed(time: string, position: string): string {
  return `${time} = CASE
        WHEN ${rises} AND ${isLater} THEN excluded.${time}
        WHEN ${rises} THEN coalesce(w.${time}, w.${position})
        WHEN ${isLater} THEN coalesce(excluded.${time}, excluded.${position})
        ELSE w.${time} END`
}

/**
 * Watermarks of a partition ($1) raised at $2, merged by max (rule 9): scope keys ($3), tenants
 * ($4), incarnations ($5), positions ($6), sources ($7), changes ($8), times ($9), records ($10), and
 * where another change raised the time, its source ($11), id ($12) and record ($13). Position and time
 * rise apart from each other. A replay writes nothing.
 */
export const upsertWatermarks: Statement = {
  name: 'recorder-upsert-watermarks',
  text: `
    INSERT INTO watermark AS w (scope_key, tenant, partition, e, position, source, change, time_ms,
      raised_at_ms, record, time_source, time_change, time_record)
    SELECT scope_key, tenant, $1, e, position, source, change, time_ms, $2, record, time_source,
      time_change, time_record
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
      $9::bigint[], $10::bytea[], $11::text[], $12::text[], $13::bytea[])
      AS row (scope_key, tenant, e, position, source, change, time_ms, record, time_source,
        time_change, time_record)
    ON CONFLICT (scope_key) DO UPDATE SET
      source = CASE WHEN ${rises} THEN excluded.source ELSE w.source END,
      change = CASE WHEN ${rises} THEN excluded.change ELSE w.change END,
      record = CASE WHEN ${rises} THEN excluded.record ELSE w.record END,
      e = greatest(w.e, excluded.e),
      position = CASE WHEN ${rises} THEN excluded.position ELSE w.position END,
      ${timed('time_source', 'source')},
      ${timed('time_change', 'change')},
      ${timed('time_record', 'record')},
      time_ms = greatest(w.time_ms, excluded.time_ms),
      raised_at_ms = greatest(w.raised_at_ms, excluded.raised_at_ms)
    WHERE ${rises} OR w.time_ms < excluded.time_ms`,
}

/**
 * The missed changes that snapshots found in a partition ($1) at $2: tenants ($3), sources ($4), statements
 * ($5), changes ($6), subject keys ($7), claims ($8), versions ($9, $10), keys of lost values ($11), gained
 * ($12).
 */
const insertMissed: Statement = {
  name: 'recorder-insert-missed',
  text: `
    INSERT INTO missed_change (partition, at_ms, tenant, source, statement, change, subject, claim,
      epoch, n, lost, gained)
    SELECT $1, $2, tenant, source, statement, change, subject, claim, epoch, n, lost, gained
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::bigint[], $10::bigint[], $11::jsonb[], $12::boolean[])
      AS row (tenant, source, statement, change, subject, claim, epoch, n, lost, gained)
    ON CONFLICT DO NOTHING`,
}

/** Forgets what was found in a partition ($1) before $2. */
const forgetMissed: Statement = {
  name: 'recorder-forget-missed',
  text: 'DELETE FROM missed_change WHERE partition = $1 AND at_ms < $2',
}

/** Takes back what late events announced: tenants ($1), sources ($2), subject keys ($3), claims ($4), versions ($5, $6). */
const deleteAnnounced: Statement = {
  name: 'recorder-delete-announced',
  text: `
    DELETE FROM missed_change m
    USING unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
      AS late (tenant, source, subject, claim, epoch, n)
    WHERE m.tenant = late.tenant AND m.source = late.source AND m.subject = late.subject
      AND m.claim = late.claim AND (m.epoch, m.n) >= (late.epoch, late.n)`,
}

/** Writes what full statements found, and takes back what was only late. */
export async function saveMissed(
  { tx, progress }: SaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): Promise<void> {
  const { missed, announced } = decision
  const forgetting =
    missed.length > 0 && tx.query(forgetMissed, [progress.partition, appliedAtMs - MISSED_KEPT_MS])
  const finding = overRows(tx, insertMissed, missed, {
    before: [progress.partition, appliedAtMs],
    of: [
      texts(({ subject }) => subject.tenant),
      texts(({ source }) => source),
      texts(({ statement }) => statement),
      texts(({ change }) => change),
      texts(({ subject }) => subjectKey(subject)),
      texts(({ claim }) => claim),
      int8s(({ version }) => version.epoch),
      int8s(({ version }) => version.n),
      jsonbs(({ lost }) => JSON.stringify(lost)),
      bools(({ gained }) => gained),
    ],
  })
  const announcing = overRows(tx, deleteAnnounced, announced, {
    before: [],
    of: [
      texts(({ subject }) => subject.tenant),
      texts(({ source }) => source),
      texts(({ subject }) => subjectKey(subject)),
      texts(({ claim }) => claim),
      int8s(({ version }) => version.epoch),
      int8s(({ version }) => version.n),
    ],
  })
  await Promise.all([forgetting, finding, announcing])
}
