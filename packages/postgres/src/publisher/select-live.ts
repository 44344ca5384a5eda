import { CONTROL_PARTITION, DENIAL_SKEW_MS, type DenialKind } from '@freshet/protocol'
import { permanentNameOf } from '@freshet/wire'
import type { PublishableRow } from '@freshet/reconciler'
import type { Statement, Queryable } from '../connection/query.ts'
import { unpackRecord } from '../rows/stored-record.ts'

interface Walk {
  readonly name: string
  readonly from: string
  /** Time and name of a row: the order of an index, behind what `where` compares. */
  readonly at: string
  readonly key: string
  readonly timeRecord: string
  readonly where: string
}

/**
 * The next step of a walk over rows that have a record: those behind a row (at $1, key $2), at most $3. A step
 * ends when its records have $4 bytes, so the last one is over by one row at most.
 */
function stepOf({ name, from, at, key, timeRecord, where }: Walk): Statement {
  return {
    name: `publisher-live-${name}`,
    text: `
      SELECT at, key, record, time_record FROM (
        SELECT at, key, record, time_record,
          coalesce(sum(bytes) OVER (
            ORDER BY at, key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS bytes_before
        FROM (
          SELECT ${at} AS at, ${key} AS key, record, ${timeRecord} AS time_record,
            coalesce(octet_length(record), 0) + coalesce(octet_length(${timeRecord}), 0) AS bytes
          FROM ${from} WHERE ${where} AND (${at}, ${key}) > ($1::bigint, $2::text)
          ORDER BY ${at}, ${key} LIMIT $3) AS step
      ) AS sized
      WHERE bytes_before < $4 ORDER BY at, key`,
  }
}

/** Watermarks of a partition ($5), those of their times too. */
export const selectLiveWatermarks: Statement = stepOf({
  name: 'watermarks',
  from: 'watermark',
  at: 'raised_at_ms',
  key: 'scope_key',
  timeRecord: 'time_record',
  where: 'partition = $5',
})

const denial = {
  from: 'denial',
  at: 'recorded_at_ms',
  key: 'denial_key',
  timeRecord: 'NULL::bytea',
} as const

/** Denials of a kind ($5) that name tokens whose end is not known. */
export const selectLiveDenials: Statement = stepOf({
  ...denial,
  name: 'denials',
  where: 'exp_ms IS NULL AND kind = $5 AND record IS NOT NULL',
})

/** Denials of tokens that ended after $5. */
export const selectLiveDenialsWithEnd: Statement = stepOf({
  ...denial,
  name: 'denials-with-end',
  where: 'exp_ms > $5 AND record IS NOT NULL',
})

/** A row of the statements. */
export interface LiveRow {
  at: bigint
  key: string
  record: Buffer | null
  time_record: Buffer | null
}

/** Most rows that one statement reads of what is alive. */
export const LIVE_STEP_ROWS = 1_000
/** A step ends when its records have so many bytes. The step that is read ahead has as many. */
export const LIVE_STEP_BYTES: number = 4 * 1024 * 1024
/** Before every row: times are of this epoch. */
const START_MS = -1

/** Which rows of a partition are alive, by the clock of the snapshot. */
export interface LiveTerms {
  readonly partition: number
  readonly takenAtMs: number
  /** T_max and its margin: no token is judged by what is older. */
  readonly baseAgeMs: number
}

/**
 * The denials and watermarks of a partition that judge living tokens: what a reader must know who starts at a
 * new root (rule 49). Rows are read in steps, and each step while the one before is used. A denial of a session
 * or a token judges none when it is older than T_max and its margin, or when its token ended before the skew
 * of clocks.
 */
export async function* liveSteps(
  tx: Queryable,
  { partition, takenAtMs, baseAgeMs }: LiveTerms,
): AsyncGenerator<readonly PublishableRow[]> {
  const walk = (statement: Statement, of: unknown, sinceMs = START_MS) =>
    walkSteps(tx, { statement, of, sinceMs }, (row) => publishable(partition, row))
  if (partition === CONTROL_PARTITION) {
    const oldestMs = takenAtMs - baseAgeMs
    const since: Readonly<Record<DenialKind, number>> = {
      key: START_MS,
      issuer: START_MS,
      session: oldestMs,
      token: oldestMs,
    }
    for (const [kind, sinceMs] of Object.entries(since))
      yield* walk(selectLiveDenials, kind, sinceMs)
    yield* walk(selectLiveDenialsWithEnd, takenAtMs - DENIAL_SKEW_MS, oldestMs)
  }
  yield* walk(selectLiveWatermarks, partition)
}

interface Walked {
  readonly statement: Statement
  /** The last value of the statement. */
  readonly of: unknown
  readonly sinceMs: number
}

async function* walkSteps(
  tx: Queryable,
  { statement, of, sinceMs }: Walked,
  publishableOf: (row: LiveRow) => readonly PublishableRow[],
): AsyncGenerator<readonly PublishableRow[]> {
  const step = async ({ at, key }: Pick<LiveRow, 'at' | 'key'>): Promise<readonly LiveRow[]> => {
    const values = [at, key, LIVE_STEP_ROWS, LIVE_STEP_BYTES, of]
    return (await tx.query<LiveRow>(statement, values)).rows
  }
  let ahead = step({ at: BigInt(sinceMs), key: '' })
  for (;;) {
    const rows = await ahead
    const last = rows.at(-1)
    if (last === undefined) return
    ahead = step(last)
    // A caller that stops early ends the transaction: the error of the step that was read ahead is not lost.
    ahead.catch(() => undefined)
    try {
      yield rows.flatMap(publishableOf)
    } finally {
      await ahead
    }
  }
}

function publishable(partition: number, row: LiveRow): readonly PublishableRow[] {
  return [row.record, row.time_record].flatMap((packed) => {
    if (packed === null) return []
    const record = unpackRecord(packed)
    return [{ id: null, record, permanent: permanentNameOf(partition, record) }]
  })
}

/*
 * The floor of a partition is the id behind which its outbox is read: `published_to` of its row of `publisher`.
 * While any transaction of the database is older than a removed row, Postgres keeps that row, and each read from
 * the start of the index would pass it.
 *
 * The floor is exact, so no row comes late. The recorder draws the ids of a partition under the lock of its
 * progress row and holds the lock until it has committed, so ids are committed in their order. The floor is
 * stored in the transaction that stores the head and removes the rows, so a database that is restored to an
 * older copy has the floor that its rows need.
 *
 * Ids begin again in a copy by logical replication, which does not copy sequences. The recorder then sets the
 * floor back in the transaction that adds the row (`insertOutbox`), and the publisher when it takes the partition
 * (`takePartition`). `revealRows` finds whatever a floor hides nevertheless.
 */

/** The last id that was drawn. No floor is raised above it, so an id that is drawn later is not below the floor. */
export const LAST_ID = '(SELECT last_value FROM outbox_id_seq)'

/**
 * Raises the floors of partitions ($2) of a topic ($1), each to the last id that was published ($3), unless a row
 * waits up to there: after a restore one with another record than the published one can have such an id. `LIMIT`
 * makes Postgres look for that row from the floor, also if the statement was planned while the outbox was empty.
 */
export const raisePublishedFloors: Statement = {
  name: 'publisher-raise-floors',
  text: `
    UPDATE publisher p SET published_to = floor.last
    FROM (SELECT partition, last, published_to AS id
          FROM unnest($2::int[], $3::bigint[]) AS raised (partition, last)
            JOIN publisher USING (partition)) AS floor
    LEFT JOIN LATERAL (
      SELECT o.id FROM outbox o
      WHERE o.topic = $1 AND o.partition = floor.partition AND o.id > floor.id AND o.id <= floor.last
      ORDER BY o.id LIMIT 1) AS waiting ON true
    WHERE p.partition = floor.partition AND floor.id < floor.last AND floor.last <= ${LAST_ID}
      AND waiting.id IS NULL`,
}

/**
 * Sets the floor of a partition ($2) of a topic ($1) back before the rows that it hides, records their number and the
 * time, and returns the number, counted up to $3. It reads the rows below the floor, those too that were removed
 * and that an open snapshot keeps.
 */
export const revealRows: Statement = {
  name: 'publisher-reveal-rows',
  text: `
    UPDATE publisher p
    SET published_to = hidden.first - 1, hidden_rows = hidden.rows, hidden_at = clock_timestamp()
    FROM (
      SELECT min(id) AS first, count(*)::int AS rows FROM (
        SELECT id FROM outbox
        WHERE topic = $1 AND partition = $2
          AND id <= (SELECT published_to FROM publisher WHERE partition = $2)
        ORDER BY id LIMIT $3) AS below) AS hidden
    WHERE p.partition = $2 AND p.published_to >= hidden.first
    RETURNING hidden.rows AS rows`,
}
