import { STALE_VIEW_MS } from '@freshet/protocol/slo'

/** Default of the longest token life T_max: a token of a longer one is refused (rule 25). */
export const TOKEN_LIFE_MAX_MS = 3_600_000

/** Beyond a day watermarks and checkpoints would have to be kept too long. */
export const TOKEN_LIFE_CEILING_MS = 86_400_000

/**
 * The time that watermarks live longer than T_max, in milliseconds, against pauses and skewed clocks (rule
 * 25).
 */
export const RETENTION_MARGIN_MS = 600_000

/** The accepted difference between the clocks of a source, the authority and an edge. */
export { CLOCK_TOLERANCE_MS } from '@freshet/protocol'

/**
 * Most watermarks held, of all tenants. A tenant whose watermark finds no room is unverified, because
 * dropping one would un-revoke.
 */
export const WATERMARKS_MAX = 2_000_000

/** Most denials of keys and issuers held, of all tenants: room that no other denial can take. */
export const LASTING_DENIALS_MAX = 20_000

/** Most denials of sessions and tokens held, and by how much one outlives the `exp` of its token. */
export { DENIALS_MAX, DENIAL_SKEW_MS } from '@freshet/protocol'

/** Claim maps held by hash: the one in force, and those that partitions still name or will name. */
export const CLAIM_MAPS_MAX = 8

/**
 * (tenant, source, partition) triples whose leases are watched; beyond it they are unverified. 4,000 tenants with
 * four sources have 112,000.
 */
export const LEASES_MAX = 250_000

/**
 * Tenants whose sources are judged at one look, about 3 ms, which an edge has once a second. Of more tenants, each
 * look judges the next ones.
 */
export const TENANTS_VOUCHED_PER_CHECK = 250

/**
 * Verified checkpoints remembered by all edges of a process together, about a kilobyte each: what
 * seven busy partitions write in three seconds, which is more than edges of one process are apart.
 */
export const VERIFIED_CHECKPOINTS_MAX = 1_024

/** Verified tokens remembered. */
export const VERIFIED_TOKENS_MAX = 50_000

/** Estimated bytes of verified tokens and of all that is remembered with them. */
export const VERIFIED_TOKEN_BYTES_MAX = 64_000_000

/** Estimated bytes of the allows that are remembered. */
export const ALLOW_BYTES_MAX = 48_000_000

/** Names of tenants, issuers, keys and clients that are kept once for all allows. */
export const NAMES_KEPT_MAX = 10_000

/** The number of remembered allows, for finding the stale ones among them. */
export const ALLOWS_MAX = 65_536

/** The time in which a change under way can still revoke an allowed request; a later one is rare. */
export const ALLOW_YOUNG_MS = 10_000

/** Allows that are looked at per tick, for all that is applied in it: about 20 ms. */
export const ALLOW_CHECKS_PER_TICK = 1_000_000

/** Exposures that wait for a report. */
export const EXPOSURES_MAX = 1_000

/** Routes with the claims that they use, whose decisions are counted apart; beyond it as `other`. */
export const ROUTE_USES_MAX = 1_024

/** Routes with refused requests, and the claims behind the refusals, that are counted between two reports. */
export const REFUSED_ROUTES_KEPT_MAX = 256

/** Observed routes that are counted between two reports. */
export const OBSERVED_ROUTES_KEPT_MAX = 256

/** Every tenth report carries the uses of claims. */
export const USES_REPORTED_EVERY = 10

/** Pairs of clock readings older than twice this are not compared: clocks drift. */
export const CLOCK_WINDOW_MS = 30_000

/** Claims that one token's judgements are prepared for; others are judged without preparation. */
export const PLANS_PER_TOKEN_MAX = 64

/** Live sessions watched by `signal`. */
export const SESSIONS_MAX = 10_000

/** Revocations may come 50 times a second; sessions are judged at most this often. */
export const SESSIONS_JUDGED_EVERY_MS = 100

/** Calls of the validator in flight; beyond it the answer is `unverified`. */
export const VALIDATIONS_MAX = 64

/** Longest wait for the validator; part of D. */
export const VALIDATION_DEADLINE_MS = 1_000

/** Largest answer of the authority in bytes: 64 verdicts with their reasons fit. */
export const EVALUATION_ANSWER_BYTES_MAX = 65_536

/** Age at which key sets are read again: a new key is published longer than that before it signs. */
export { KEYS_REFRESH_MS } from '@freshet/protocol'

/** Bounds of every reading of keys. */
export { KEYS_COOLDOWN_MS, KEYS_STALE_MAX_MS } from '@freshet/wire'

/** A new root makes every edge read the key sets again: each at some time within this one. */
export const KEYS_RENEW_SPREAD_MS = 5_000

/** Foreign issuers whose published keys are held; tokens of further ones are refused. */
export const FOREIGN_KEY_SETS_MAX = 64

/** Longest timeout in milliseconds that timers of Node can take. */
export const TIMEOUT_MS_MAX = 2_147_483_647

/** First and longest pause between attempts to read keys or revocations. */
export const RETRY_FIRST_MS = 200
export const RETRY_MAX_MS = 5_000

/** The interval at which the edge checks its leases, prunes and reports. */
export const TICK_MS = 1_000

/** Rows of the table looked at per tick when pruning: about a millisecond. */
export const PRUNE_ROWS_PER_TICK = 65_536

/** Records before the end of a partition in which a start looks for a heartbeat: at first few, then more. */
export const START_READ_BACK: readonly number[] = [64, 4_096]

/** Records whose checkpoints are judged together: of a path of them one signature is verified. */
export const RECORDS_PER_STEP = 128

/** Reading takes so long in one turn of the event loop, and one step more: below 10 ms together. */
export const READING_TURN_MS = 5

/** So long without a heartbeat that counted, a partition is read again from its base. */
export const FOLLOW_LEASE_MS: number = STALE_VIEW_MS

/** A view older than two heartbeats is called lagging in reports. */
export const LAGGING_AFTER_MS = 2_500

/** Oldest DPoP proof that is accepted, by default and at most. */
export const PROOF_AGE_MAX_MS = 60_000
export const PROOF_AGE_CEILING_MS = 300_000

/** The largest accepted lead of a proof maker's clock, by default and at most. */
export const PROOF_AHEAD_MAX_MS = 5_000
export const PROOF_AHEAD_CEILING_MS = 60_000

/** DPoP proofs remembered against replay. */
export const PROOFS_MAX = 100_000

/** A nonce of DPoP proofs is accepted for one to two of these. */
export const PROOF_NONCE_LIFE_MS = 60_000
