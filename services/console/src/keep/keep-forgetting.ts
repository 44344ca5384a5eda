import { RETENTION } from '@freshet/protocol'
import { dayOf } from '@freshet/protocol/usage'
import type { Timer } from '@freshet/wire'
import type { ObservatoryStore, SliStore } from '@freshet/insight'

const EVERY_MS = 10 * 60_000
/** The number of rows of each kind, each time. */
const ROWS_MAX = 50_000

/** Removes old reports, their content, and measurements, now and then, until the signal aborts. */
export async function keepForgetting(
  parts: {
    readonly store: ObservatoryStore
    readonly slis: Pick<SliStore, 'forget'>
    readonly timer: Timer
    readonly onTrouble: (error: unknown) => void
  },
  signal: AbortSignal,
): Promise<void> {
  const { store, slis, timer, onTrouble } = parts
  while (!signal.aborted) {
    await forget(store, timer.nowMs()).catch(onTrouble)
    const measuredMs = timer.nowMs() - RETENTION.measurements.keptMs
    await slis.forget(measuredMs, ROWS_MAX).catch(onTrouble)
    await timer.sleep(EVERY_MS, signal)
  }
}

async function forget(store: ObservatoryStore, nowMs: number): Promise<void> {
  await store.forget(nowMs - RETENTION.reports.keptMs)
  await store.forgetExposed(nowMs - RETENTION.exposures.keptMs)
  await store.forgetUses({ fromDay: dayOf(nowMs - RETENTION.uses.keptMs) })
}
