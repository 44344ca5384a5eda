import type { AccountState, HeldAccount } from '@freshet/domain'
import type { Statement } from '../query.ts'
import { subjectOf } from './claim-rows.ts'

/** Accounts by subject key ($1). */
export const selectAccounts: Statement = {
  name: 'recorder-select-accounts',
  text: `
    SELECT subject, state, epoch, n, deleted_epoch, deleted_n
    FROM account_state WHERE subject = ANY($1::text[])`,
}

/** Replaces accounts: subject keys ($1), tenants ($2), states ($3), versions, deletion floors. */
export const upsertAccounts: Statement = {
  name: 'recorder-upsert-accounts',
  text: `
    INSERT INTO account_state (subject, tenant, state, epoch, n, deleted_epoch, deleted_n)
    SELECT subject, tenant, state, epoch, n, deleted_epoch, deleted_n
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
      $7::bigint[]) AS row (subject, tenant, state, epoch, n, deleted_epoch, deleted_n)
    ON CONFLICT (subject) DO UPDATE SET state = excluded.state, epoch = excluded.epoch,
      n = excluded.n, deleted_epoch = excluded.deleted_epoch, deleted_n = excluded.deleted_n`,
}

/** A stored account. */
export interface AccountRow {
  subject: string
  state: AccountState['state']
  epoch: bigint
  n: bigint
  deleted_epoch: bigint
  deleted_n: bigint
}

/** The row in the words of the domain. */
export function toHeldAccount(row: AccountRow): HeldAccount {
  const version = { epoch: row.epoch, n: row.n }
  const deletedFloor = { epoch: row.deleted_epoch, n: row.deleted_n }
  return { subject: subjectOf(row.subject), state: { state: row.state, version, deletedFloor } }
}
