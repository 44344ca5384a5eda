import type { AccountState, HeldAccount } from '@freshet/protocol'
import type { Statement } from '../../connection/query.ts'
import { subjectOf } from './claim-rows.ts'

/** Accounts by subject key ($1), also of who was erased. */
export const selectAccounts: Statement = {
  name: 'recorder-select-accounts',
  text: `
    SELECT asked.subject, state, omitted, source, epoch, n, deleted_by, deleted_epoch, deleted_n
    FROM unnest($1::text[]) AS asked (subject)
    JOIN account_state a ON a.subject = ANY(ARRAY[asked.subject, erased_name(asked.subject)])`,
}

/**
 * Replaces accounts: subject keys ($1), tenants ($2), states ($3), whether a snapshot omitted them ($4), sources
 * ($5) with their versions, sources of deletions ($8) with their versions. An erased subject gets a name again.
 */
export const upsertAccounts: Statement = {
  name: 'recorder-upsert-accounts',
  text: `
    WITH erased AS (
      DELETE FROM account_state a USING unnest($1::text[]) AS named (subject)
      WHERE a.subject = erased_name(named.subject))
    INSERT INTO account_state
      (subject, tenant, state, omitted, source, epoch, n, deleted_by, deleted_epoch, deleted_n)
    SELECT subject, tenant, state, omitted, source, epoch, n, deleted_by, deleted_epoch, deleted_n
    FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::bigint[],
      $7::bigint[], $8::text[], $9::bigint[], $10::bigint[]) AS row
      (subject, tenant, state, omitted, source, epoch, n, deleted_by, deleted_epoch, deleted_n)
    ON CONFLICT (subject) DO UPDATE SET state = excluded.state, omitted = excluded.omitted,
      source = excluded.source, epoch = excluded.epoch, n = excluded.n,
      deleted_by = excluded.deleted_by, deleted_epoch = excluded.deleted_epoch,
      deleted_n = excluded.deleted_n`,
}

/** A stored account. */
export interface StoredAccount {
  subject: string
  state: Exclude<AccountState['state'], 'unstated'>
  omitted: boolean
  source: string | null
  deleted_by: string | null
  epoch: bigint
  n: bigint
  deleted_epoch: bigint
  deleted_n: bigint
}

/** The row in the types of the protocol. */
export function toHeldAccount(row: StoredAccount): HeldAccount {
  const version = { epoch: row.epoch, n: row.n }
  const deletedFloor = { epoch: row.deleted_epoch, n: row.deleted_n }
  const { source, deleted_by: deletedBy } = row
  const state = accountStateOf(row)
  return {
    subject: subjectOf(row.subject),
    state: { state, source, version, deletedFloor, deletedBy },
  }
}

/** Earlier builds know no omitted account, and refuse a disabled one. */
export function accountStateOf({
  state,
  omitted,
}: Pick<StoredAccount, 'state' | 'omitted'>): AccountState['state'] {
  return omitted && state === 'disabled' ? 'unstated' : state
}
