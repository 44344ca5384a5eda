import type { RecheckAnswer, RecheckQuery, PartitionKnowledge } from '@freshet/authority'
import type { Queryable, Statement } from '../connection/query.ts'

/** The known state of a token, as columns over the query `q`. */
export const KNOWN_COLUMNS = `
      (select json_agg(json_build_array(
          p.partition, p.e::text, p.active_pv, p.active_hash, p.minimum_pv))
        from progress p where p.partition = any(q.partitions)) as progress,
      (select json_agg(json_build_array(
          w.scope_key, w.e::text, w.position::text, w.source, w.change))
        from watermark w where w.scope_key = any(q."scopeKeys")) as watermarks,
      (select json_agg(json_build_array(d.denial_key, d.source, d.change))
        from denial d where d.denial_key = any(q."denialKeys")) as denials,
      (select json_agg(json_build_array(f.source, f.partition, f.through_ms))
        from feed f
        where f.tenant = q.tenant and f.source = any(q.sources)
          and f.partition = any(q.partitions)) as feeds`

/**
 * One statement, so one snapshot, taken when it starts: whatever was committed before is in it.
 * It runs in another transaction than what it looks for, begun later.
 */
const LOOK: Statement = {
  name: 'look',
  text: `
    select ${KNOWN_COLUMNS}
    from rows from (json_to_recordset($1::json) as (
      tenant text, partitions int[], "scopeKeys" text[], "denialKeys" text[], sources text[]
    )) with ordinality as q
    order by q.ordinality`,
}

/** A row of {@link KNOWN_COLUMNS}. */
export interface RecheckRow {
  readonly progress: (readonly [number, string, number, string | null, number])[] | null
  readonly watermarks: (readonly [string, string, string, string, string])[] | null
  readonly denials: (readonly [string, string, string])[] | null
  readonly feeds: (readonly [string, number, number | null])[] | null
}

/** Each query with its answer, all in one snapshot. @throws `database.*` */
export async function look(
  db: Queryable,
  queries: readonly RecheckQuery[],
): Promise<readonly RecheckAnswer[]> {
  const { rows } = await db.query<RecheckRow & Record<string, unknown>>(LOOK, [
    JSON.stringify(queries),
  ])
  return rows.map(recheckAnswerOf)
}

/** The content of such a row. */
export function recheckAnswerOf(row: RecheckRow): RecheckAnswer {
  return {
    partitions: partitionsOf(row),
    watermarks: new Map(
      (row.watermarks ?? []).map(([key, e, position, source, change]) => [
        key,
        { position: { e: BigInt(e), offset: BigInt(position) }, source, change },
      ]),
    ),
    denials: new Map((row.denials ?? []).map(([key, source, change]) => [key, { source, change }])),
  }
}

function partitionsOf(row: RecheckRow): ReadonlyMap<number, PartitionKnowledge> {
  const throughOf = (wanted: number): PartitionKnowledge['throughMs'] =>
    new Map(
      (row.feeds ?? [])
        .filter(([, partition]) => partition === wanted)
        .map(([source, , throughMs]) => [source, throughMs]),
    )
  return new Map(
    (row.progress ?? []).map(([partition, e, activePv, activeHash, minimumPv]) => [
      partition,
      { e: BigInt(e), activePv, activeHash, minimumPv, throughMs: throughOf(partition) },
    ]),
  )
}
