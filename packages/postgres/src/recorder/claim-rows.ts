import type { HeldClaim, Subject } from '@freshet/domain'
import type { Statement } from '../query.ts'
import { readElements } from './stored-elements.ts'

/** Claims by subject key ($1) and name ($2); `n` tells which of those that were asked for it is, from 1. */
export const selectClaims: Statement = {
  name: 'recorder-select-claims',
  text: `
    SELECT asked.n::int, c.source, c.floor_epoch, c.floor_n, c.elements::text
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (subject, claim, n)
    JOIN claim_state c ON c.subject = asked.subject AND c.claim = asked.claim`,
}

/**
 * Claims ($4) of a tenant ($2) in a partition ($1) that are of another source than $3, or older
 * than the begin of its full statement; at most $5, the claims of a subject together.
 */
export const selectSwept: Statement = {
  name: 'recorder-select-swept',
  text: `
    SELECT c.subject, c.claim, c.source, c.floor_epoch, c.floor_n, c.elements::text
    FROM claim_state c
    JOIN feed f ON f.tenant = $2 AND f.source = $3 AND f.partition = $1
    WHERE c.partition = $1 AND c.tenant = $2 AND c.claim = ANY($4::text[])
      AND f.snapshot_epoch IS NOT NULL
      AND (c.source <> $3 OR (c.floor_epoch, c.floor_n) < (f.snapshot_epoch, f.snapshot_n))
    ORDER BY c.subject, c.claim
    LIMIT $5`,
}

/**
 * How many claims of source $3 with a value in force there are in a partition ($1) and a tenant ($2),
 * of the names $4; how many of them, of how many subjects, are older than its full statement.
 */
export const countSwept: Statement = {
  name: 'recorder-count-swept',
  text: `
    SELECT count(*) AS claims, count(*) FILTER (WHERE is_older) AS losing,
      count(DISTINCT subject) FILTER (WHERE is_older) AS subjects
    FROM (
      SELECT c.subject, (c.floor_epoch, c.floor_n) < (f.snapshot_epoch, f.snapshot_n) AS is_older
      FROM claim_state c
      JOIN feed f ON f.tenant = $2 AND f.source = $3 AND f.partition = $1
      WHERE c.partition = $1 AND c.tenant = $2 AND c.source = $3 AND c.claim = ANY($4::text[])
        AND f.snapshot_epoch IS NOT NULL AND c.elements @? '$.*[2] ? (@ == true)'
    ) AS in_force`,
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

/** What is stored of a claim. */
export interface StoredClaim {
  source: string
  floor_epoch: bigint
  floor_n: bigint
  /** For `readElements`. */
  elements: string
}

/** A row of {@link selectClaims}. */
export interface AskedClaimRow extends StoredClaim {
  n: number
}

/** A row of {@link selectSwept}. */
export interface ClaimRow extends StoredClaim {
  subject: string
  claim: string
}

/** A stored claim in the words of the domain. */
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
