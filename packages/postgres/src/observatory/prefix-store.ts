import type { NamedChange, NamedQuarantined, NamedToken, PrefixStore } from '@freshet/insight'
import type { Queryable, Statement } from '../connection/query.ts'

/**
 * Rows that are read behind a text. In a database that sorts as a language does, other ids can stand between those
 * with the text.
 */
const READ_MAX = 200

/** At most $2 changes whose ids begin with $1. A change of every partition has a row in each. */
const CHANGES: Statement = {
  name: 'prefix-changes',
  text: `
    SELECT DISTINCT id, tenant, kind, op, claim, outcome FROM (
      SELECT id, tenant, kind, op, claim, outcome FROM change_log
      WHERE id >= $1 ORDER BY id LIMIT ${READ_MAX}) near
    WHERE starts_with(id, $1) ORDER BY id LIMIT $2`,
}

/** At most $2 issued tokens whose ids begin with $1. */
const TOKENS: Statement = {
  name: 'prefix-tokens',
  text: `
    SELECT jti, tenant, audience FROM (
      SELECT jti, tenant, audience FROM issuance
      WHERE jti >= $1 ORDER BY jti LIMIT ${READ_MAX}) near
    WHERE starts_with(jti, $1) ORDER BY jti LIMIT $2`,
}

/** At most $2 keys of subjects for each of their beginnings ($1). */
const SUBJECTS: Statement = {
  name: 'prefix-subjects',
  text: `
    SELECT found.subject FROM unnest($1::text[]) AS wanted (prefix), LATERAL (
      SELECT DISTINCT subject FROM (
        SELECT subject FROM claim_state
        WHERE subject >= wanted.prefix ORDER BY subject LIMIT ${READ_MAX}) near
      WHERE starts_with(subject, wanted.prefix) ORDER BY subject LIMIT $2) found
    ORDER BY found.subject LIMIT $2`,
}

/** At most $2 quarantined records whose ids begin with $1. */
const QUARANTINED: Statement = {
  name: 'prefix-quarantined',
  text: `
    SELECT id, state FROM (
      SELECT id, state FROM quarantine WHERE id >= $1 ORDER BY id LIMIT ${READ_MAX}) near
    WHERE starts_with(id, $1) ORDER BY id LIMIT $2`,
}

/** At most $2 objects of sealed entries that begin with $1. */
const AUDITED: Statement = {
  name: 'prefix-audited',
  text: `
    SELECT DISTINCT ref FROM (
      SELECT ref FROM audit_entry WHERE ref >= $1 ORDER BY ref LIMIT ${READ_MAX}) near
    WHERE starts_with(ref, $1) ORDER BY ref LIMIT $2`,
}

/** Creates the store of ids in Postgres. Each statement reads {@link READ_MAX} rows at most, by an index. */
export function postgresPrefixStore(db: Queryable): PrefixStore {
  const rowsOf = async <T>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly T[]> => (await db.query<T & Record<string, unknown>>(statement, values)).rows
  return {
    changes: (prefix, limit) => rowsOf<NamedChange>(CHANGES, [prefix, limit]),
    tokens: (prefix, limit) => rowsOf<NamedToken>(TOKENS, [prefix, limit]),
    async subjects(prefixes, limit) {
      const rows = await rowsOf<{ subject: string }>(SUBJECTS, [prefixes, limit])
      return rows.map(({ subject }) => subject)
    },
    quarantined: (prefix, limit) => rowsOf<NamedQuarantined>(QUARANTINED, [prefix, limit]),
    async audited(prefix, limit) {
      const rows = await rowsOf<{ ref: string }>(AUDITED, [prefix, limit])
      return rows.map(({ ref }) => ref)
    },
  }
}
