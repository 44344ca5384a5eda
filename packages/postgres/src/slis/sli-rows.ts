import type { ChangeSample, EdgeMinute, SloCount } from '@freshet/insight'
import type { SampleOrigin } from '@freshet/protocol/slo'
import { columnsOf, int8s, texts } from '../rows/columns.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import type { StoredSample } from './read-statements.ts'
import { upsertCounts, type EdgeMinuteRow } from './turn-statements.ts'

/** Adds counts to their minutes. */
export async function addTo(db: Queryable, counts: readonly SloCount[]): Promise<void> {
  if (counts.length === 0) return
  const columns = columnsOf(counts, [
    texts(({ slo }) => slo),
    texts(({ origin }) => origin),
    int8s(({ minuteMs }) => minuteMs),
    int8s(({ good }) => good),
    int8s(({ valid }) => valid),
  ])
  await db.query(upsertCounts, columns)
}

/** The states of edges, by one of the statements that select them. */
export async function edgeMinutesBy(
  db: Queryable,
  statement: Statement,
  values: readonly unknown[],
): Promise<readonly EdgeMinute[]> {
  const { rows } = await db.query<EdgeMinuteRow & Record<string, unknown>>(statement, values)
  return rows.map((row) => ({
    edge: row.edge,
    minuteMs: Number(row.minute_ms),
    oldestMs: Number(row.oldest_ms),
    allows: Number(row.allows),
    denies: Number(row.denies),
    challenges: Number(row.challenges),
    ...deniedOf(row),
  }))
}

function deniedOf(row: EdgeMinuteRow): Pick<EdgeMinute, 'denied'> {
  const { denied_stale: stale, denied_unverified: unverified } = row
  const { denied_insufficient: insufficient, denied_other: other } = row
  if (stale === null || unverified === null || insufficient === null || other === null) return {}
  const denied = { stale: Number(stale), unverified: Number(unverified) }
  return { denied: { ...denied, insufficient: Number(insufficient), other: Number(other) } }
}

/** A sample in the types of the port. */
export function toSample(row: StoredSample): ChangeSample {
  const { tenant, source, id, partition, edges, slowest, missing } = row
  return {
    tenant,
    source,
    id,
    partition,
    edges,
    slowest,
    missing,
    isUpperBound: row.is_upper_bound,
    class: row.class,
    origin: row.origin as SampleOrigin,
    appendedAtMs: Number(row.appended_at_ms),
    closedAtMs: Number(row.closed_at_ms),
    completeMs: row.complete_ms === null ? null : Number(row.complete_ms),
  }
}
