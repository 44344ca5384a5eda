/** Every reason why a claim of a token can be stale. */
export const STALE_REASONS = [
  'incarnation',
  'claim-changed',
  'account',
  'value-withdrawn',
  'tenant-cut-off',
  'client-cut-off',
  'policy-version',
  'key-denied',
  'issuer-denied',
  'session-denied',
  'token-denied',
] as const

/** Why a claim of a token is stale. */
export type StaleReason = (typeof STALE_REASONS)[number]

/** Every reason why a claim can be unverified, where it is not that a source is silent. */
export const UNVERIFIED_REASONS = [
  'authority-behind',
  'omitted-over',
  'omitted-unverified',
] as const

/**
 * The reason why a claim is unverified, other than a silent source. `authority-behind`: the authority has
 * read less of the change topic than the edge that asks, or than the authority that minted the token (rule
 * 40). `omitted-…`: the token names the claim as left out, so its values are unknown.
 */
export type UnverifiedReason = (typeof UNVERIFIED_REASONS)[number]

/**
 * The verdict on a claim of a token. `change` names the change that made it stale, where one did.
 * `unverified` means that the knowledge is too old or too small for `fresh`.
 */
export type Verdict = Based & ({ readonly kind: 'fresh' } | StaleVerdict | UnverifiedVerdict)

interface Based {
  /**
   * `time`: the token carries no label, so that `iat` was compared with times of changes (rule 8). It
   * is weaker: it rests on the clock of the issuer, and on a copy that is late by the margin at most.
   */
  readonly basis?: 'time'
}

interface StaleVerdict {
  readonly kind: 'stale'
  readonly reason: StaleReason
  readonly change?: string
  /**
   * The time of the change, in milliseconds since 1970. Only verdicts by time have it, and only if the token is
   * older than the change: a token of the margin after it can have the state that the change left.
   */
  readonly sinceMs?: number
}

interface UnverifiedVerdict {
  readonly kind: 'unverified'
  /** The source that is silent, or `freshet` where our own stream is. */
  readonly source: string
  /** Up to when it was verified, by the source's clock; absent if it never was. */
  readonly sinceMs?: number
  readonly reason?: UnverifiedReason
}

/** The one value of a fresh verdict, so that judging allocates nothing. */
export const FRESH: Verdict = { kind: 'fresh' }

/** A fresh verdict on a token that is judged by time. */
export const FRESH_BY_TIME: Verdict = { kind: 'fresh', basis: 'time' }
