/** The tokens that an operator's order would touch, and all outstanding tokens of its tenant. */
export interface CutOffSize {
  /** Outstanding tokens that would be stale or refused. */
  readonly tokens: number
  /** All outstanding tokens of the tenant. */
  readonly outstanding: number
}

/** An edge that reported so long ago, and not that it closes, counts as running. */
export const EDGE_REPORTED_WITHIN_MS = 60_000

/** A tenant with fewer tokens has no guard: a share of a few tokens has no meaning. */
export const GUARDED_TOKENS_MIN = 10

/**
 * Returns whether an order touches so much of its tenant that the admin must confirm it: a wrong client id
 * looks like an incident. Without a share in the registry, no order needs a confirmation.
 */
export function needsCutOffConfirmation(
  { tokens, outstanding }: CutOffSize,
  share: number | undefined,
): boolean {
  return share !== undefined && tokens >= GUARDED_TOKENS_MIN && tokens > share * outstanding
}
