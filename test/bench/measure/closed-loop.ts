import type { BenchClock } from './clock.ts'
import { Latencies } from './latencies.ts'

/** The settings for measuring a short operation. */
export interface SamplePlan {
  /** Operations per sample: enough that reading the clock costs nothing in comparison. */
  readonly operations: number
  readonly samples: number
  /** Runs between samples, and is not measured. */
  readonly between?: () => Promise<void>
}

/**
 * Measures a synchronous operation back to back. A sample is the mean of `operations` calls, so
 * percentiles are those of means; the first tenth warms up and is not counted.
 */
export function sampleCalls(
  plan: SamplePlan,
  clock: BenchClock,
  call: () => void,
): Promise<Latencies> {
  return sample(plan, clock, () => {
    for (let i = 0; i < plan.operations; i += 1) call()
  })
}

/** Measures an operation that is awaited in the same way. */
export function sampleAwaits(
  plan: SamplePlan,
  clock: BenchClock,
  call: () => Promise<unknown>,
): Promise<Latencies> {
  return sample(plan, clock, async () => {
    for (let i = 0; i < plan.operations; i += 1) await call()
  })
}

async function sample(
  plan: SamplePlan,
  clock: BenchClock,
  calls: () => void | Promise<void>,
): Promise<Latencies> {
  const latencies = new Latencies(plan.operations)
  const warmUps = Math.ceil(plan.samples / 10)
  for (let n = -warmUps; n < plan.samples; n += 1) {
    await plan.between?.()
    const startNs = clock.nowNs()
    const done = calls()
    if (done !== undefined) await done
    if (n >= 0) latencies.record(clock.nowNs() - startNs)
  }
  return latencies
}
