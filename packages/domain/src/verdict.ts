/** Why a claim of a token is stale. */
export type StaleReason =
  | 'incarnation'
  | 'claim-changed'
  | 'account'
  | 'value-withdrawn'
  | 'tenant-cut-off'
  | 'client-cut-off'
  | 'policy-version'
  | 'key-denied'
  | 'issuer-denied'
  | 'session-denied'
  | 'token-denied'

/**
 * What is known of a claim of a token. `change` names the change that made it stale, where one
 * did. `unverified` means that the knowledge is too old or too small to say `fresh`.
 */
export type Verdict =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'stale'; readonly reason: StaleReason; readonly change?: string }
  | {
      readonly kind: 'unverified'
      /** The source that is silent, or `freshet` where our own stream is. */
      readonly source: string
      /** Up to when it was verified, by the source's clock; absent if it never was. */
      readonly sinceMs?: number
    }

/** The one value of a fresh verdict, so that judging allocates nothing. */
export const FRESH: Verdict = { kind: 'fresh' }
