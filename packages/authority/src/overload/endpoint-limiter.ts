import type { Clock } from '@freshet/protocol'
import { wholeSeconds } from './planned-return.ts'
import { MINT_LIMITS, type Admission } from './admission.ts'

/** Calm: all that {@link Admission} lets run and wait. Crowded: all that run. */
export const PLACE_LIMITS: PlaceLimits = {
  calm: MINT_LIMITS.runningMax + MINT_LIMITS.waitingMax,
  crowded: MINT_LIMITS.runningMax,
}

/** The parts that a limiter needs. */
export interface EndpointLimiterOptions {
  readonly admission: Admission
  readonly clock: Clock
  /** Default {@link PLACE_LIMITS}. */
  readonly limits?: PlaceLimits
}

/** Gives a place back. Idempotent. */
export type Leave = () => void

/** The admitted and refused requests since the start, and the requests inside now. */
export interface EndpointLimiterCounts {
  readonly admitted: number
  readonly refused: number
  readonly inside: number
  readonly places: number
}

/**
 * The first stage of the limit of token requests: it counts the requests inside, and knows only the head of a new one. Behind
 * it, {@link Admission} lets the clients that wait take turns.
 *
 * A burst may take every place. A crowd cannot: while some are refused, no request waits inside.
 */
export class EndpointLimiter {
  readonly #admission: Admission
  readonly #clock: Clock
  readonly #limits: PlaceLimits
  /** The number inside by key; a key without requests inside is not in it. */
  readonly #insideOf = new Map<string, number>()
  #inside = 0
  #admitted = 0
  #refused = 0
  #refusedAtMs = -Infinity

  constructor({ admission, clock, limits = PLACE_LIMITS }: EndpointLimiterOptions) {
    this.#admission = admission
    this.#clock = clock
    this.#limits = limits
  }

  /**
   * Returns a place, if there is one. `key` separates credentials that are not checked yet: the text of
   * `Authorization`, for example.
   */
  enter(key: string): Leave | undefined {
    const ofKey = this.#insideOf.get(key) ?? 0
    if (!mayEnter({ all: this.#all(), ofKey }, this.#places())) return undefined
    this.#admitted += 1
    this.#inside += 1
    this.#insideOf.set(key, ofKey + 1)
    let isInside = true
    return () => {
      if (isInside) this.#leave(key)
      isInside = false
    }
  }

  /** For who found no place: after how many seconds to come back. */
  refuse(): number {
    this.#refused += 1
    this.#refusedAtMs = this.#clock.monotonicMs()
    return wholeSeconds(this.#admission.comeBackAfterMs())
  }

  counts(): EndpointLimiterCounts {
    const { all: inside, places } = { all: this.#all(), places: this.#places() }
    return { admitted: this.#admitted, refused: this.#refused, inside, places }
  }

  #leave(key: string): void {
    this.#inside -= 1
    const ofKey = this.#insideOf.get(key) ?? 0
    if (ofKey > 1) this.#insideOf.set(key, ofKey - 1)
    else this.#insideOf.delete(key)
  }

  /** Those that came in another way, as a request in several parts does, run and wait as well. */
  #all(): number {
    const { running, waiting } = this.#admission.load('')
    return Math.max(this.#inside, running + waiting)
  }

  #places(): number {
    return placesNow(this.#clock.monotonicMs() - this.#refusedAtMs, this.#limits)
  }
}

/** The requests inside: admitted and not yet answered. */
interface Inside {
  readonly all: number
  /** Those with the credentials of the request that asks. */
  readonly ofKey: number
}

/** Limits of the requests inside. */
interface PlaceLimits {
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
