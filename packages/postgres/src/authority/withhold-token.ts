import type { StaleMark, WithheldToken } from '@freshet/authority'
import { auditStreamOf, encodeAuditEntry } from '@freshet/wire'
import type { Queryable, Statement } from '../connection/query.ts'

/** An earlier mark stays: its author knows the cause. */
const WITHHOLD_TOKEN: Statement = {
  name: 'withhold-token',
  text: `
    with mark as (
      update token
      set stale_at_ms = $3, stale_reason = $4, stale_source = $5, stale_change = $6
      where jti = $1 and exp_ms = $2 and stale_at_ms is null
    ), audited as (
      insert into audit_pending (stream, entry) values ($7, $8)
    )
    update issuance set withheld = true where jti = $1`,
}

/** @throws `database.*` */
export async function withholdToken(
  db: Queryable,
  { jti, expMs, audit }: WithheldToken,
  { atMs, reason, source, change }: StaleMark,
): Promise<void> {
  const mark = [atMs, reason, source, change]
  const entry = [auditStreamOf(audit.kind), encodeAuditEntry(audit)]
  await db.query(WITHHOLD_TOKEN, [jti, expMs, ...mark, ...entry])
}
