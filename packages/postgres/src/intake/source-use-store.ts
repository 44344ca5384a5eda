import type { SourceUse, SourceUseStore } from '@freshet/intake'
import { columnsOf, int8s, texts } from '../rows/columns.ts'
import type { Queryable, Statement } from '../connection/query.ts'

/**
 * In one order, so that two gateways that are sent the same assertions do not wait for each other in a
 * circle. The commit does not wait for the disk: after a crash of the server the last moments can be
 * missing, and each gateway still remembers what itself took.
 */
const USE: Statement = {
  name: 'use-source-assertions',
  text: `
    WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS mode)
    INSERT INTO source_assertion (source, jti, expires_at_ms)
    SELECT source, jti, expires_at_ms
    FROM quick, unnest($1::text[], $2::text[], $3::int8[]) AS used (source, jti, expires_at_ms)
    WHERE mode IS NOT NULL
    ORDER BY source, jti
    ON CONFLICT DO NOTHING
    RETURNING source, jti`,
}

const FORGET: Statement = {
  name: 'forget-source-assertions',
  text: `
    DELETE FROM source_assertion WHERE (source, jti) IN (
      SELECT source, jti FROM source_assertion
      WHERE expires_at_ms < $1 ORDER BY expires_at_ms LIMIT $2)`,
}

/** Used assertions of sources in Postgres: of two uses at once, at whichever gateways, one is the first. */
export function postgresSourceUseStore(db: Queryable): SourceUseStore {
  return {
    async use(uses) {
      const columns = columnsOf(uses, [
        texts(({ source }) => source),
        texts(({ jti }) => jti),
        int8s(({ expMs }) => BigInt(expMs)),
      ])
      const { rows } = await db.query<Pick<SourceUse, 'source' | 'jti'> & Record<string, unknown>>(
        USE,
        columns,
      )
      const first = new Set(rows.map(keyOf))
      return uses.map((use) => first.has(keyOf(use)))
    },
    async forgetBefore(expiredMs, limit) {
      return (await db.query(FORGET, [expiredMs, limit])).count
    },
  }
}

function keyOf({ source, jti }: Pick<SourceUse, 'source' | 'jti'>): string {
  return JSON.stringify([source, jti])
}
