import { CONTROL_PARTITION, PARTITIONS, statedState } from '@freshet/protocol'
import type { SourceStateStore, StatePlace } from '@freshet/intake'
import type { Statement } from '../connection/query.ts'
import type { Tenants } from '../connection/tenant.ts'
import { subjectOf, toHeldClaim, type ClaimRow } from '../recorder/rows/claim-rows.ts'
import { storedOf } from '../recorder/walk-claims.ts'

/** The last number of a feed ($1, $2) in each partition ($3). */
const selectNumbered: Statement = {
  name: 'intake-select-numbered',
  planEach: true,
  text: `
    SELECT p.partition, s.number
    FROM unnest($3::int[]) AS p (partition) CROSS JOIN LATERAL (
      SELECT number FROM stamp
      WHERE tenant = $1 AND source = $2 AND partition = p.partition AND number >= 0
      ORDER BY number DESC LIMIT 1) AS s`,
}

/** The number up to which a feed ($1, $2) is recorded, by partition. */
const selectRecorded: Statement = {
  name: 'intake-select-recorded',
  text: `SELECT partition, complete AS number FROM feed WHERE tenant = $1 AND source = $2`,
}

/**
 * The next $6 rows of a partition ($1) and tenant ($2) behind a subject ($4) and claim ($5), as far as their values fit
 * into $7 bytes, and one row in any case. Rows of other sources than $3 come without their values.
 */
const selectPage = (isControl: boolean): Statement => ({
  name: `intake-select-states${isControl ? '-accounts' : ''}`,
  planEach: true,
  text: `
    WITH page AS MATERIALIZED (
      SELECT c.subject, c.claim, c.source, c.floor_epoch, c.floor_n,
        CASE WHEN c.source = $3 THEN c.elements::text ELSE '' END AS elements
      FROM ${storedOf(isControl)} c
      WHERE (c.subject COLLATE "C", c.claim COLLATE "C") > ($4::text, $5::text)
      ORDER BY c.subject COLLATE "C", c.claim COLLATE "C"
      LIMIT $6
    ), sized AS (
      SELECT *, row_number() OVER places AS place, sum(octet_length(elements)) OVER places AS bytes
      FROM page WINDOW places AS (ORDER BY subject COLLATE "C", claim COLLATE "C")
    )
    SELECT subject, claim, source, floor_epoch, floor_n, elements
    FROM sized WHERE bytes <= $7 OR place = 1
    ORDER BY place`,
})

const PAGES = { claims: selectPage(false), accounts: selectPage(true) }

/** The states that sources stated, in Postgres. */
export function postgresSourceStateStore(db: Tenants): SourceStateStore {
  const numbers = async (
    statement: Statement,
    values: readonly unknown[],
    tenant: string,
  ): Promise<ReadonlyMap<number, bigint>> => {
    const { rows } = await db
      .ofTenant(tenant)
      .query<{ partition: number; number: bigint }>(statement, values)
    return new Map(rows.map(({ partition, number }) => [partition, number]))
  }
  return {
    numbered: ({ tenant, source }) => numbers(selectNumbered, [tenant, source, PARTITIONS], tenant),
    recorded: ({ tenant, source }) => numbers(selectRecorded, [tenant, source], tenant),
    page: async ({ tenant, source }, after, limits) => {
      let place: StatePlace | undefined = after ?? startOf(PARTITIONS[0])
      while (place !== undefined) {
        const { partition, subject, claim }: StatePlace = place
        const { rows } = await db
          .ofTenant(tenant)
          .query<ClaimRow & Record<string, unknown>>(
            partition === CONTROL_PARTITION ? PAGES.accounts : PAGES.claims,
            [partition, tenant, source, subject, claim, limits.rows, limits.bytes],
          )
        const last = rows.at(-1)
        if (last === undefined) {
          place = startOf(PARTITIONS[PARTITIONS.indexOf(partition) + 1])
          continue
        }
        const own = rows
          .filter((row) => row.source === source)
          .map((row) => toHeldClaim({ ...row, subject: subjectOf(row.subject) }, row))
        const next = { partition, subject: last.subject, claim: last.claim }
        return { states: own.map(statedState), next }
      }
      return { states: [] }
    },
  }
}

function startOf(partition: number | undefined): StatePlace | undefined {
  return partition === undefined ? undefined : { partition, subject: '', claim: '' }
}
