const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The retention of a kind of record in the database, and its tables. */
export interface Retention {
  /** Its tables. */
  readonly tables: readonly string[]
  /**
   * The time after `since`, in milliseconds; `null` if no time of its own ends it: `since` then names the
   * reason.
   */
  readonly keptMs: number | null
  readonly since: string
}

/** Records that are removed at an age. */
export type TimedKind =
  | 'changes'
  | 'missed'
  | 'issuances'
  | 'tokens'
  | 'pastTokens'
  | 'stamps'
  | 'parked'
  | 'auditTokens'
  | 'auditControl'
  | 'assertions'
  | 'reports'
  | 'measurements'
  | 'exposures'
  | 'uses'

/** Records that are removed for another reason, or never. */
export type OtherKind =
  | 'watermarks'
  | 'waiting'
  | 'checkpoints'
  | 'state'
  | 'provisioned'
  | 'denials'
  | 'feeds'
  | 'positions'
  | 'policy'

/**
 * Every kind of record, and how long it is kept: what prunes reads it here, and no table is without.
 * Times that depend on each other stand side by side, with the reason.
 */
export const RETENTION: Readonly<
  Record<TimedKind, Retention & { readonly keptMs: number }> & Record<OtherKind, Retention>
> = {
  /** The longest window of a service level (28 d) and a week to look into it; longer than any record stays on a topic (30 d), so what is read again is known as a repeat. */
  changes: { tables: ['change_log'], keptMs: 35 * DAY_MS, since: 'it was applied' },
  missed: { tables: ['missed_change'], keptMs: 35 * DAY_MS, since: 'a full statement found it' },
  /** They stay as long as the changes that explain them. */
  issuances: {
    tables: ['issuance', 'foreign_token'],
    keptMs: 35 * DAY_MS,
    since: 'its token expired',
  },
  tokens: {
    tables: ['token'],
    keptMs: 10 * MINUTE_MS,
    since: 'all tokens of its quarter of an hour expired',
  },
  pastTokens: {
    tables: ['token_past'],
    keptMs: 35 * DAY_MS,
    since: 'all tokens of its day expired',
  },
  /** While the topic has the record (7 d) a restored database learns its stamp again. Our own go sooner. */
  stamps: { tables: ['stamp'], keptMs: 8 * DAY_MS, since: 'it was given, once acknowledged' },
  /** They stay as long as the quarantine topic keeps their bytes. */
  parked: { tables: ['quarantine'], keptMs: 30 * DAY_MS, since: 'it arrived or was decided last' },
  /** They stay a day longer than the issuance records that they refer to. */
  auditTokens: {
    tables: ['audit_entry', 'audit_head'],
    keptMs: 36 * DAY_MS,
    since: 'the entry, in stream tokens',
  },
  /** They stay as long as the topic keeps the heads. */
  auditControl: {
    tables: ['audit_entry', 'audit_head'],
    keptMs: 365 * DAY_MS,
    since: 'the entry, in stream control',
  },
  assertions: {
    tables: ['client_assertion', 'source_assertion'],
    keptMs: MINUTE_MS,
    since: 'it expired',
  },
  /** They stay as long as the reports in their topic. */
  reports: {
    tables: ['edge', 'edge_start', 'edge_apply', 'edge_minute'],
    keptMs: DAY_MS,
    since: 'it was reported',
  },
  /** They stay as long as the changes: the longest window of a service level and a week. */
  measurements: {
    tables: ['change_sample', 'slo_minute'],
    keptMs: 35 * DAY_MS,
    since: 'it was measured',
  },
  /** They stay as long as the changes that they belong to. */
  exposures: { tables: ['edge_exposure'], keptMs: 35 * DAY_MS, since: 'it was reported' },
  /** They cover a quarter: a claim that is needed only at its end must not appear as unused. */
  uses: { tables: ['claim_use'], keptMs: 90 * DAY_MS, since: 'the day that it is of' },
  /** The longest life of a token comes from the configuration, and this margin behind it. */
  watermarks: {
    tables: ['watermark'],
    keptMs: null,
    since: 'until the longest token life and 10 min after it was raised',
  },
  waiting: {
    tables: ['waiting_record', 'outbox', 'token_mark', 'audit_pending'],
    keptMs: null,
    since:
      'until it is produced, published, marked or sealed: seconds; a mark as long as a watermark at most',
  },
  checkpoints: {
    tables: ['stored_checkpoint'],
    keptMs: null,
    since: 'until the base has passed it',
  },
  state: {
    tables: ['claim_state', 'account_state', 'doubt', 'contradiction', 'withdrawn_value'],
    keptMs: null,
    since: 'as long as it is in force; it tells an old statement from a new one',
  },
  /** The sender deletes a resource. The connector does not: an absent user would lose every value. */
  provisioned: {
    tables: ['scim_resource', 'scim_member'],
    keptMs: null,
    since: 'until the sender of SCIM deletes the user or the group',
  },
  /** See `packages/reconciler/src/prune/run-pruning.ts`. */
  denials: {
    tables: ['denial'],
    keptMs: null,
    since: 'for good for a key or an issuer, else until no token that it names can live: see below',
  },
  feeds: {
    tables: ['feed', 'feed_refusal', 'stamp_feed', 'stamp_free'],
    keptMs: null,
    since: 'one row for each source and partition, rewritten in place',
  },
  positions: {
    tables: [
      'progress',
      'recording_pause',
      'issuance_progress',
      'publisher',
      'audit_stream',
      'sli_cursor',
      'sli_minute',
    ],
    keptMs: null,
    since: 'one row for each partition or stream, rewritten in place',
  },
  policy: {
    tables: ['registry_version', 'policy_version', 'activation_order', 'freshet_migration'],
    keptMs: null,
    since: 'for good: a few rows for each version',
  },
}

/** A watermark outlives the longest life of a token by so much. */
export const WATERMARK_MARGIN_MS: number = 10 * MINUTE_MS

/** A time for people: `35 d`, `10 min`; a row without a time has its own text. */
export function keptText({ keptMs, since }: Retention): string {
  if (keptMs === null) return since
  const span = keptMs % DAY_MS === 0 ? `${keptMs / DAY_MS} d` : `${keptMs / MINUTE_MS} min`
  return `${span} after ${since}`
}
