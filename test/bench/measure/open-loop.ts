import type { BenchClock } from './clock.ts'

/** Arrivals at a constant rate, whatever becomes of the earlier ones. */
export interface ArrivalPlan {
  readonly ratePerS: number
  readonly durationMs: number
  /** Beyond so many unanswered arrivals the run fails: what is measured does not keep up. */
  readonly inFlightMax: number
}

/** Starts one arrival. Its latency counts from `intendedNs`, when it should have started. */
export type Arrive = (index: number, intendedNs: number) => Promise<void>

/** When the arrival of this index should start. */
export function intendedAtNs(startNs: number, index: number, ratePerS: number): number {
  return startNs + (index * 1_000_000_000) / ratePerS
}

/**
 * Lets arrivals come at their intended times. Who is late starts what is due at once and leaves
 * none out; as latencies count from the intended start, a stall is seen by all that it delayed (no
 * coordinated omission). Resolves when every arrival is done; the first one that fails rejects.
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
