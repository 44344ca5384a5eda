/** The requests inside: admitted and not yet answered. */
export interface Inside {
  readonly all: number
  /** Those with the credentials of the request that asks. */
  readonly ofKey: number
}

/** Limits of the requests inside. */
export interface PlaceLimits {
  /** The limit while no request is refused: a burst can wait inside. */
  readonly calm: number
  /** While some are refused: no more than are worked on at once. */
  readonly crowded: number
}

/** The part of the places that one key may take, so that others find one in its storm. */
export const KEY_SHARE = 0.9
/** After this time without a refusal, the crowd is over. */
export const CALM_AFTER_MS = 1_000

/**
 * The limit that holds now. Waiting requests make all others wait as long, and increase no throughput. A
 * burst is over soon, but a crowd has always a next request, so requests wait outside.
 */
export function placesNow(sinceRefusalMs: number, { calm, crowded }: PlaceLimits): number {
  return sinceRefusalMs < CALM_AFTER_MS ? crowded : calm
}

/** Returns whether one more request is admitted. */
export function mayEnter({ all, ofKey }: Inside, places: number): boolean {
  return all < places && ofKey < Math.ceil(places * KEY_SHARE)
}
