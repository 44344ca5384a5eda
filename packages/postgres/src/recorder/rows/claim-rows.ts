import type { HeldClaim, Subject, AccountState, HeldAccount } from '@freshet/protocol'
import type { Statement } from '../../connection/query.ts'
import { readElements } from './stored-elements.ts'

/** Claims by subject key ($1) and name ($2); `n` is the place of each in the request, from 1. */
export const selectClaims: Statement = {
  name: 'recorder-select-claims',
  text: `
    SELECT asked.n::int, c.source, c.floor_epoch, c.floor_n, c.elements::text
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (subject, claim, n)
    JOIN claim_state c ON c.subject = asked.subject AND c.claim = asked.claim`,
}

/**
 * Replaces claims of a partition ($1): subject keys ($2), names ($3), tenants ($4), sources ($5),
 * floors ($6, $7) and elements ($8). The partition's lock makes it their only writer.
 */
export const upsertClaims: Statement = {
  name: 'recorder-upsert-claims',
  text: `
    INSERT INTO claim_state
      (subject, claim, tenant, partition, source, floor_epoch, floor_n, elements)
    SELECT subject, claim, tenant, $1, source, floor_epoch, floor_n, elements
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
      $8::jsonb[]) AS row (subject, claim, tenant, source, floor_epoch, floor_n, elements)
    ON CONFLICT (subject, claim) DO UPDATE SET source = excluded.source,
      floor_epoch = excluded.floor_epoch, floor_n = excluded.floor_n, elements = excluded.elements`,
}

/** The stored state of a claim. */
export interface StoredClaim {
  source: string
  floor_epoch: bigint
  floor_n: bigint
  /** The input of `readElements`. */
  elements: string
}

/** A row of {@link selectClaims}. */
export interface WantedClaimRow extends StoredClaim {
  n: number
}

/** A claim with its key. */
export interface ClaimRow extends StoredClaim {
  subject: string
  claim: string
}

/** A stored claim in the types of the protocol. */
export function toHeldClaim(
  { subject, claim }: Pick<HeldClaim, 'subject' | 'claim'>,
  { source, floor_epoch: epoch, floor_n: n, elements }: StoredClaim,
): HeldClaim {
  return {
    subject,
    claim,
    source,
    state: { floor: { epoch, n }, elements: readElements(elements) },
  }
}

/** The inverse of `subjectKey`. */
export function subjectOf(key: string): Subject {
  const [tenant, iss, sub] = JSON.parse(key) as [string, string, string]
  return { tenant, iss, sub }
}

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

/** Withdrawn values of claims, by tenant ($1) and claim ($2). */
export const selectWithdrawn: Statement = {
  name: 'recorder-select-withdrawn',
  text: `
    SELECT w.tenant, w.claim, w.value, w.epoch, w.n
    FROM unnest($1::text[], $2::text[]) AS asked (tenant, claim)
    JOIN withdrawn_value w ON w.tenant = asked.tenant AND w.claim = asked.claim`,
}

/** Tombstones of values, merged by version (rule 6): tenants, claims, values, versions, times. */
export const upsertWithdrawn: Statement = {
  name: 'recorder-upsert-withdrawn',
  text: `
    INSERT INTO withdrawn_value AS w (tenant, claim, value, epoch, n, at_ms)
    SELECT tenant, claim, value, epoch, n, at_ms
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
      AS row (tenant, claim, value, epoch, n, at_ms)
    ON CONFLICT (tenant, claim, value) DO UPDATE
      SET epoch = excluded.epoch, n = excluded.n, at_ms = excluded.at_ms
      WHERE (w.epoch, w.n) < (excluded.epoch, excluded.n)`,
}

/** Removes the tombstones of claims ($1) that belong to another source from now on. */
export const deleteWithdrawn: Statement = {
  name: 'recorder-delete-withdrawn',
  text: `DELETE FROM withdrawn_value WHERE claim = ANY($1::text[])`,
}

/** A row of {@link selectWithdrawn}. */
export interface WithdrawnRow {
  tenant: string
  claim: string
  value: string
  epoch: bigint
  n: bigint
}
