import { IDENTITY_TOKEN_LIFE_CEILING_MS, RETENTION, WATERMARK_MARGIN_MS } from '@freshet/protocol'

/**
 * The time for which an acknowledged stamp is kept. While the topic still has the record, a restored database
 * learns its stamp again. Later it cannot, so nothing is allowed to depend on the stamp. A source that
 * repeats an event after this time receives the expected sequence. If the gateway numbers, the event is
 * stamped again and the change log recognises it.
 */
export const STAMPS_KEPT_MS: number = RETENTION.stamps.keptMs

/**
 * The time for which an applied change stays in the log: the longest window of a service level (28 d) and a
 * week for investigation. No record stays longer on the topic or in quarantine (30 d), so a record that is
 * read again is recognised as a repeat. A repeat that comes later still is merged by its version and changes
 * nothing that is in force. At most it makes tokens stale.
 */
export const CHANGES_KEPT_MS: number = RETENTION.changes.keptMs

/**
 * The time for which a quarantined record is known after its last arrival or last decision: as long as the
 * quarantine topic keeps its bytes. The doubts that it caused stay longer.
 */
export const QUARANTINED_KEPT_MS: number = RETENTION.parked.keptMs

/** Most quarantined records that are known of one reason, which limits a mass of forged ones. */
export const QUARANTINED_KEPT_MAX = 100_000

/**
 * The time for which the denial of a token without a known end is kept. The token can be one of an identity
 * provider, which the authority exchanges within a day of its issue and never later.
 */
export const TOKEN_DENIALS_KEPT_MS: number = IDENTITY_TOKEN_LIFE_CEILING_MS + WATERMARK_MARGIN_MS

/** The time for which an issuance is kept after its token expired: as long as the changes that explain it. */
export const ISSUANCES_KEPT_MS: number = RETENTION.issuances.keptMs
