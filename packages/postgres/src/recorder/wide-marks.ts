import type { Statement } from '../query.ts'

/** The oldest wide change that is not marked through and that no other process has in hand. */
export const lockWideMark: Statement = {
  name: 'mark-lock-wide-mark',
  text: `
    SELECT id, kind, tenant, target, e, position, source, change, cursor_jti
    FROM wide_mark ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
}

/** Moves the cursor of a wide change ($1) to $2, after $3 more marks. */
export const updateWideMark: Statement = {
  name: 'mark-update-wide-mark',
  text: `
    UPDATE wide_mark SET cursor_jti = $2, marked = marked + $3 WHERE id = $1`,
}

/** Removes a wide change ($1) whose tokens are all marked. */
export const deleteWideMark: Statement = {
  name: 'mark-delete-wide-mark',
  text: 'DELETE FROM wide_mark WHERE id = $1',
}

/** Adds marks ($4) to the change behind them, by tenant ($1), source ($2) and id ($3). */
export const countMarks: Statement = {
  name: 'mark-count-marks',
  text: `
    UPDATE change_log SET tokens_marked = tokens_marked + $4
    WHERE tenant = $1 AND source = $2 AND id = $3 AND partition = 0`,
}

/** A row of {@link lockWideMark}. */
export interface WideMarkRow {
  id: bigint
  kind: 'value' | 'tenant' | 'client' | 'key' | 'issuer' | 'session' | 'token'
  tenant: string
  target: string
  e: bigint
  position: bigint | null
  source: string
  change: string
  cursor_jti: string
}
