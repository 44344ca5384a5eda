import type { HeldClaim, Subject } from '@freshet/protocol'
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
export interface AskedClaimRow extends StoredClaim {
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
