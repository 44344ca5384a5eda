/** Who is inside: let in and not yet answered. */
export interface Inside {
  readonly all: number
  /** Under the credentials of the request that asks. */
  readonly ofKey: number
}

/** How many requests may be inside. */
export interface PlaceLimits {
  /** As long as nobody is refused: a burst may wait inside. */
  readonly calm: number
  /** While some are refused: no more than are worked on at once. */
  readonly crowded: number
}

/** The part of the places that one key may take, so that others find one in its storm. */
export const KEY_SHARE = 0.9
/** Where nobody was refused for so long, there is no crowd. */
export const CALM_AFTER_MS = 1_000

/**
 * How many may be inside now. What waits inside makes all others wait as long, and does not get
 * more done: a burst is over soon, but in a crowd the next one always waits, so they wait outside.
 */
export function placesNow(sinceRefusalMs: number, { calm, crowded }: PlaceLimits): number {
  return sinceRefusalMs < CALM_AFTER_MS ? crowded : calm
}

/** Whether one more request may come in. */
export function mayEnter({ all, ofKey }: Inside, places: number): boolean {
  return all < places && ofKey < Math.ceil(places * KEY_SHARE)
}
