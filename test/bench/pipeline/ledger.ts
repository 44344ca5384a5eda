import { randomBytes } from 'node:crypto'
import { DEV_TENANT } from '@freshet/cli/stack'
import { partitionOf, scopeKey, subjectKey } from '@freshet/protocol'
import { postgresTokenPartitions, type Database } from '@freshet/postgres'
import { personOf } from './change-mix.ts'

const LIFE_MS = 1_800_000
const ROWS_PER_INSERT = 10_000
const OTHER_GROUPS_EACH = 7

/** Outstanding tokens. */
export interface Outstanding {
  readonly tokens: number
  /** The number of subjects, who get the tokens in turn. */
  readonly people: number
  /** A group in every token, beside seven others. */
  readonly group: string
  /** The tokens expire one after the other, as if they had been minted so; default: all at once. */
  readonly isSpread?: boolean
}

/** Empties the ledger and fills it again with tokens labelled by the positions recorded now. */
export async function plantTokens(db: Database, outstanding: Outstanding): Promise<void> {
  const nowMs = Date.now()
  await postgresTokenPartitions(db).ensure(nowMs, nowMs + LIFE_MS)
  await db.query({ name: '', text: 'truncate token' })
  for (let from = 0; from < outstanding.tokens; from += ROWS_PER_INSERT) {
    const count = Math.min(ROWS_PER_INSERT, outstanding.tokens - from)
    await plantSome(db, outstanding, { nowMs, from, count })
  }
  await db.query({ name: '', text: 'vacuum analyze token' })
}

async function plantSome(
  db: Database,
  { people, group, tokens, isSpread = false }: Outstanding,
  { nowMs, from, count }: { readonly nowMs: number; readonly from: number; readonly count: number },
): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => ({
    person: personOf((from + n) % people),
    jti: randomBytes(16).toString('base64url'),
    scopes: scopesOf(from + n, group),
    expMs: nowMs + LIFE_MS / 2 + (isSpread ? Math.floor(((from + n) * LIFE_MS) / 2 / tokens) : 0),
  }))
  const text = `
    insert into token (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c,
      claims, value_scopes)
    select jti, $7, exp_ms, $1::bigint, subject, 'payments-web', 'payments',
      'bench-token', 1, own.e, own.next_offset, control.next_offset, '{groups}',
      array(select jsonb_array_elements_text(scopes))
    from unnest($2::bigint[], $3::text[], $4::text[], $5::jsonb[], $6::int[])
      as row (exp_ms, jti, subject, scopes, partition)
      join progress own on own.partition = row.partition
      join progress control on control.partition = 0`
  await db.query({ name: '', text }, [
    nowMs,
    rows.map(({ expMs }) => expMs),
    rows.map(({ jti }) => jti),
    rows.map(({ person }) => subjectKey(person)),
    rows.map(({ scopes }) => JSON.stringify(scopes)),
    rows.map(({ person }) => partitionOf(person)),
    DEV_TENANT,
  ])
}

function scopesOf(n: number, group: string): readonly string[] {
  const others = Array.from({ length: OTHER_GROUPS_EACH }, (_, i) => `group-${(n * 31 + i) % 500}`)
  return [group, ...others].map((value) =>
    scopeKey({ kind: 'value', tenant: DEV_TENANT, claim: 'groups', value }),
  )
}
