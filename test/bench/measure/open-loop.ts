import type { BenchClock } from './clock.ts'

/** Arrivals at a constant rate, whatever the results of the earlier ones. */
export interface ArrivalPlan {
  readonly ratePerS: number
  readonly durationMs: number
  /** The run fails beyond so many unanswered arrivals, because the measured service does not keep up. */
  readonly inFlightMax: number
}

/** Starts one arrival. Its latency counts from `intendedNs`, the time at which it should have started. */
export type Arrive = (index: number, intendedNs: number) => Promise<void>

/** Returns the time at which the arrival of this index should start. */
export function intendedAtNs(startNs: number, index: number, ratePerS: number): number {
  return startNs + (index * 1_000_000_000) / ratePerS
}

/**
 * Starts arrivals at their intended times. If the loop is late, it starts every due arrival at once and
 * leaves none out. Latencies count from the intended start, so a stall shows in all arrivals that it delayed
 * (no coordinated omission). Resolves when every arrival is done; the first one that fails rejects.
 */
export async function openLoop(
  plan: ArrivalPlan,
  clock: BenchClock,
  arrive: Arrive,
): Promise<void> {
  const total = Math.floor((plan.ratePerS * plan.durationMs) / 1_000)
  const pending = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  const start = (index: number, intendedNs: number): void => {
    const done = arrive(index, intendedNs)
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => pending.delete(done))
    pending.add(done)
  }
  const startNs = clock.nowNs()
  for (let index = 0; index < total && failure === undefined; index += 1) {
    const intendedNs = intendedAtNs(startNs, index, plan.ratePerS)
    const waitNs = intendedNs - clock.nowNs()
    if (waitNs > 0) await clock.sleep(waitNs / 1_000_000)
    if (pending.size >= plan.inFlightMax)
      failure ??= { error: new Error(`${pending.size} arrivals wait at ${plan.ratePerS}/s.`) }
    else start(index, intendedNs)
  }
  if (failure === undefined) await Promise.all(pending)
  if (failure !== undefined) throw failure.error
}
