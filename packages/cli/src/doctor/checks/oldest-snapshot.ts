import type { Queryable } from '@freshet/postgres'
import type { CheckFinding } from '../check.ts'

/** A snapshot that is older is named: queues grow behind it, and each read of them takes longer. */
const OLD_SNAPSHOT_S = 600
/** The same limit for a server that does not report times: the number of transactions since then. */
const OLD_SNAPSHOT_TRANSACTIONS = 100_000

/** Something that makes the server keep rows that were removed after it began. */
export interface OldSnapshot {
  /** As it is named to a person: `process 4711 (pg_dump)`. */
  readonly holder: string
  /** The SQL that ends it. */
  readonly end: string
  /** The age in seconds; `null` if the server does not report it: for a standby, a slot, or another login. */
  readonly age_s: number | null
  /** Transactions that began since. */
  readonly transactions: number
}

/** Snapshots of other databases hold nothing back here, those of standbys and slots do. */
const OLDEST = {
  name: 'doctor-oldest-snapshot',
  text: `
    SELECT holder, "end", extract(epoch FROM clock_timestamp() - since)::float8 AS age_s,
      age(xmin) AS transactions
    FROM (
      SELECT 'process ' || pid || coalesce(' (' || nullif(application_name, '') || ')', '') AS holder,
        'SELECT pg_terminate_backend(' || pid || ')' AS "end", xact_start AS since, backend_xmin AS xmin
      FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND (datname = current_database() OR datname IS NULL)
      UNION ALL
      SELECT 'replication slot ' || slot_name,
        'SELECT pg_drop_replication_slot(' || quote_literal(slot_name) || ')', NULL, xmin
      FROM pg_replication_slots
      UNION ALL
      SELECT 'prepared transaction ' || gid, 'ROLLBACK PREPARED ' || quote_literal(gid), prepared,
        transaction
      FROM pg_prepared_xacts WHERE database = current_database()) AS held
    WHERE xmin IS NOT NULL ORDER BY transactions DESC, age_s DESC NULLS LAST LIMIT 1`,
}

/** The oldest snapshot beside one's own; `undefined`: there is none. */
export async function oldestSnapshot(database: Queryable): Promise<OldSnapshot | undefined> {
  const { rows } = await database.query<OldSnapshot & Record<string, unknown>>(OLDEST)
  return rows[0]
}

/** The meaning of the oldest snapshot. */
export function snapshotFinding(oldest: OldSnapshot | undefined): CheckFinding {
  if (oldest === undefined) return { outcome: 'ok', detail: 'no other transaction has a snapshot' }
  const { holder, end, age_s: ageS, transactions } = oldest
  const isOld = ageS === null ? transactions > OLD_SNAPSHOT_TRANSACTIONS : ageS > OLD_SNAPSHOT_S
  const age = ageS === null ? `${transactions} transactions` : ageText(ageS)
  const detail = `the oldest is that of ${holder}, for ${age}`
  if (!isOld) return { outcome: 'ok', detail }
  return {
    outcome: 'warning',
    detail,
    means:
      'the server keeps all rows that were removed or rewritten since, and reads become slower',
    fix: `let it finish, or end it: ${end}; see docs/postgres.md`,
  }
}

function ageText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
