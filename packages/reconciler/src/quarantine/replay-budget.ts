import { FreshetError, fullAllowance, grant, type Clock, type RateLimit } from '@freshet/protocol'

/** Replays that one process accepts, dry ones included: recording comes first. */
export const REPLAYS_LIMIT: RateLimit = { perSecond: 50, burst: 50 }

/** Takes one from the budget. @throws `limit.reached` */
export type ReplayBudget = () => void

/** Returns a full budget. */
export function createReplayBudget(clock: Clock, limit: RateLimit = REPLAYS_LIMIT): ReplayBudget {
  let allowance = fullAllowance(limit, clock.monotonicMs())
  return () => {
    const answer = grant(limit, allowance, 1, clock.monotonicMs())
    const { granted, retryAfterMs } = answer
    ;({ allowance } = answer)
    if (granted === 1) return
    const message = `At most ${limit.perSecond} parked records a second are replayed.`
    throw new FreshetError('limit.reached', message, { retryAfterMs })
  }
}
