/** The result of one round: a heartbeat for every tenant. */
export interface Round {
  /** Requests that the gateway accepted, at least for one of their tenants. */
  readonly accepted: number
  /** The reason of each refusal and of each missing answer. */
  readonly troubles: readonly string[]
}

/** A change of what the gateway answers. */
export interface HeartbeatNews {
  readonly state: 'accepted' | 'refused'
  /** The reason of a refusal, or of a missing answer. */
  readonly why?: string
}

/**
 * The number of rounds without an accepted heartbeat that are repeated sooner. In them, a broker that died has
 * a successor, and the claims of the source are unverified until the next heartbeat.
 */
const SOON_ROUNDS = 40
/** The part of the interval that such a round waits. */
const SOON_SHARE = 1 / 4

/**
 * The pause until the next round. A round keeps the interval. After rounds in which no heartbeat was accepted,
 * it is a quarter of the interval, and a whole one when the trouble lasts.
 */
export function pauseMs(everyMs: number, fruitless: number, tookMs: number): number {
  if (fruitless === 0) return Math.max(0, everyMs - tookMs)
  return fruitless > SOON_ROUNDS ? everyMs : everyMs * SOON_SHARE
}

/** The news of a round: each trouble that the round before did not have, and the end of all troubles. */
export function newsOf(before: Round | undefined, now: Round): readonly HeartbeatNews[] {
  const known = new Set(before?.troubles)
  const fresh = [...new Set(now.troubles)].filter((why) => !known.has(why))
  if (fresh.length > 0) return fresh.map((why) => ({ state: 'refused', why }))
  const isWell = now.troubles.length === 0 && now.accepted > 0
  const wasWell = before !== undefined && before.troubles.length === 0 && before.accepted > 0
  return isWell && !wasWell ? [{ state: 'accepted' }] : []
}
