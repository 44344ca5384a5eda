import { scopeKey, subjectKey, type Subject } from '@freshet/domain'
import { inTransaction, type Database, type Queryable } from '@freshet/postgres'
import { elementsAt } from './race-world.ts'

/** When a changer marks the tokens that its change made stale. */
export type Marking = 'in the transaction' | 'after the commit too'

/** A change that was committed: tokens of the subject labelled at or below `offset` are stale. */
export interface Changed {
  readonly subject: string
  readonly offset: bigint
}

const LOCK_PROGRESS = {
  name: 'race-lock-progress',
  text: 'select next_offset from progress where partition = $1 for update',
}
const SET_CLAIM = {
  name: 'race-set-claim',
  text: `update claim_state set floor_n = $2, elements = $3 where subject = $1 and claim = 'groups'`,
}
const RAISE_WATERMARK = {
  name: 'race-raise-watermark',
  text: `
    insert into watermark
      (scope_key, tenant, partition, e, position, source, change, time_ms, raised_at_ms)
    values ($1, 'acme', $2, 1, $3, 'hr', 'c', 0, 0)
    on conflict (scope_key) do update set position = excluded.position
    where (watermark.e, watermark.position) < (excluded.e, excluded.position)`,
}
const MARK_TOKENS = {
  name: 'race-mark-tokens',
  text: `
    update token
    set stale_at_ms = 1, stale_reason = 'claim-changed', stale_source = 'hr', stale_change = 'c'
    where subject = $1 and 'groups' = any(claims) and (e, s) < (1, $2) and stale_at_ms is null`,
}
const MOVE_ON = {
  name: 'race-move-on',
  text: 'update progress set next_offset = $2 where partition = $1',
}

/**
 * One change as the recorder applies it: progress row locked, claim, watermark, marks and position
 * in one transaction.
 */
export async function changeSubject(
  db: Database,
  partition: number,
  subject: Subject,
  marking: Marking,
): Promise<Changed> {
  const key = subjectKey(subject)
  const scope = scopeKey({ kind: 'subject', subject, claim: 'groups' })
  const offset = await inTransaction(db, {}, async (tx) => {
    const { rows } = await tx.query<{ next_offset: bigint }>(LOCK_PROGRESS, [partition])
    const at = rows[0]?.next_offset ?? 0n
    await tx.query(SET_CLAIM, [key, at, JSON.stringify(elementsAt(at))])
    await tx.query(RAISE_WATERMARK, [scope, partition, at + 1n])
    await markTokens(tx, key, at)
    await tx.query(MOVE_ON, [partition, at + 1n])
    return at
  })
  // A token that was recorded after the marks above were set and before the commit is in nobody's
  // sight: its mint looked before the commit. Only who marks after the commit finds it.
  if (marking === 'after the commit too') await markTokens(db, key, offset)
  return { subject: key, offset }
}

async function markTokens(db: Queryable, key: string, offset: bigint): Promise<void> {
  await db.query(MARK_TOKENS, [key, offset + 1n])
}
