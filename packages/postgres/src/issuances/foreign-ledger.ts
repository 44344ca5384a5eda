import { subjectKey } from '@freshet/protocol'
import type { ForeignLedger } from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import type { Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import { markForeign, type MarkForeignRow } from './mark-foreign.ts'

const SELECT_POSITIONS: Statement = {
  name: 'issuances-select-positions',
  text: 'SELECT partition, next_offset FROM issuance_progress',
}

const UPSERT_POSITION: Statement = {
  name: 'issuances-upsert-position',
  text: `
    INSERT INTO issuance_progress AS p (partition, next_offset) VALUES ($1, $2)
    ON CONFLICT (partition) DO UPDATE SET next_offset = greatest(p.next_offset, excluded.next_offset)`,
}

const INSERT_TOKENS: Statement = {
  name: 'issuances-insert-tokens',
  text: `
    INSERT INTO foreign_token (issuer, jti, tenant, subject, client, audience, kid, iat_ms, exp_ms,
      margin_ms, claims, scope_keys, denial_keys)
    SELECT * FROM json_to_recordset($1::json) AS row (issuer text, jti text, tenant text,
      subject text, client text, audience text, kid text, iat_ms bigint, exp_ms bigint,
      margin_ms bigint, claims text[], scope_keys text[], denial_keys text[])
    ON CONFLICT DO NOTHING`,
}

/** The ledger of foreign tokens in Postgres. */
export function postgresForeignLedger(db: Database): ForeignLedger {
  return {
    async positions() {
      const { rows } = await db.query<{ partition: number; next_offset: bigint }>(SELECT_POSITIONS)
      return new Map(rows.map((row) => [row.partition, row.next_offset]))
    },
    record: (partition, nextOffset, tokens) =>
      inTransaction(db, {}, async (tx) => {
        await Promise.all([
          tokens.length > 0 && tx.query(INSERT_TOKENS, [JSON.stringify(tokens.map(rowOf))]),
          tx.query(UPSERT_POSITION, [partition, nextOffset]),
        ])
      }),
    async mark(cursor, rows, nowMs) {
      const { issuer = '', jti = '' } = cursor ?? {}
      const answer = await db.query<MarkForeignRow>(markForeign, [issuer, jti, rows, nowMs])
      const [found] = answer.rows
      const isEnd = found === undefined || Number(found.seen) < rows
      const next = { issuer: found?.last_issuer ?? '', jti: found?.last_jti ?? '' }
      return { marked: Number(found?.marked ?? 0), cursor: isEnd ? null : next }
    },
  }
}

type Token = Parameters<ForeignLedger['record']>[2][number]

function rowOf({
  subject,
  iatMs,
  expMs,
  marginMs,
  scopeKeys,
  denialKeys,
  ...token
}: Token): object {
  return {
    ...token,
    tenant: subject.tenant,
    subject: subjectKey(subject),
    iat_ms: iatMs,
    exp_ms: expMs,
    margin_ms: marginMs,
    scope_keys: scopeKeys,
    denial_keys: denialKeys,
  }
}
