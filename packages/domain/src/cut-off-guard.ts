/** What an operator's order would touch, and what its tenant has out. */
export interface CutOffSize {
  /** Outstanding tokens that would be stale or refused. */
  readonly tokens: number
  /** All outstanding tokens of the tenant. */
  readonly outstanding: number
}

/** An edge that reported so long ago, and not that it closes, counts as running. */
export const EDGE_HEARD_WITHIN_MS = 60_000

/** With fewer tokens nothing is held: shares of a few say nothing. */
export const GUARDED_TOKENS_MIN = 10

/**
 * Whether an order touches so much of its tenant that whoever gives it must say that it is meant: a
 * wrong client id looks like an incident. Without a share that the registry declares nothing is held.
 */
export function needsCutOffConfirmation(
  { tokens, outstanding }: CutOffSize,
  share: number | undefined,
): boolean {
  return share !== undefined && tokens >= GUARDED_TOKENS_MIN && tokens > share * outstanding
}
