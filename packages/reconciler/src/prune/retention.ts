import { IDENTITY_TOKEN_LIFE_CEILING_MS, RETENTION, WATERMARK_MARGIN_MS } from '@freshet/domain'

/**
 * How long an acknowledged stamp is kept. While the topic still has the record, a restored database
 * learns its stamp again; later than that nobody could, so nothing may rest on it. A source that
 * sends an event once more after this is told the sequence that is expected, or, where the gateway
 * numbers, its event is stamped anew and the change log recognises it.
 */
export const STAMPS_KEPT_MS: number = RETENTION.stamps.keptMs

/**
 * How long a change stays in the log after it was applied: the longest window of a service level
 * (28 d) and a week to look into it. It is longer than any record stays on the topic or in
 * quarantine (30 d), so whatever is read again is recognised as a repeat. A repeat that comes later
 * still is merged by its version and changes nothing that is in force; at most it makes tokens stale.
 */
export const CHANGES_KEPT_MS: number = RETENTION.changes.keptMs

/**
 * How long a parked record is known after it last arrived or was last decided: as long as the quarantine
 * topic keeps its bytes. What it put in doubt is not forgotten with it.
 */
export const PARKED_KEPT_MS: number = RETENTION.parked.keptMs

/** Most parked records that are known of one reason: a flood of forged ones goes no further. */
export const PARKED_KEPT_MAX = 100_000

/**
 * How long the denial of a token is kept whose end is not known. The token can be one of an identity
 * provider, which the authority exchanges within a day of its issue and never later.
 */
export const TOKEN_DENIALS_KEPT_MS: number = IDENTITY_TOKEN_LIFE_CEILING_MS + WATERMARK_MARGIN_MS

/** How long an issuance is kept after its token expired: as long as the changes that explain it. */
export const ISSUANCES_KEPT_MS: number = RETENTION.issuances.keptMs
