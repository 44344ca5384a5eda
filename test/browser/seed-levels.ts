import { minuteOf } from '@freshet/protocol/slo'
import type { SliStore } from '@freshet/insight'

const DAY_MS = 86_400_000
const DAYS = 28
const PER_DAY = 4_000
/** Requests that an edge let in too late. */
export const LET_IN = 1

/** Seeds objectives that are met, that are spent, and that have no measurements. */
export async function seedLevels(slis: SliStore, nowMs: number): Promise<void> {
  const origin = 'live' as const
  const days = Array.from({ length: DAYS }, (_, day) => minuteOf(nowMs - 60_000 - day * DAY_MS))
  const bad = (day: number): number => (day === 3 ? 14 : day % 5 === 0 ? 3 : 0)
  await slis.add([
    ...days.map((minuteMs, day) => ({
      minuteMs,
      slo: 'reduce-complete-2s',
      origin,
      good: PER_DAY - bad(day),
      valid: PER_DAY,
    })),
    ...days.map((minuteMs, day) => ({
      minuteMs,
      slo: 'kill-complete-2s',
      origin,
      good: PER_DAY - (day === 9 ? 300 : 0),
      valid: PER_DAY,
    })),
    ...days.map((minuteMs, day) => ({
      minuteMs,
      slo: 'edge-fresh-5s',
      origin,
      good: PER_DAY - (day === 0 ? 400 : 0),
      valid: PER_DAY,
    })),
    ...days.map((minuteMs, day) => ({
      minuteMs,
      slo: 'stale-allows',
      origin,
      good: PER_DAY - (day === 0 ? LET_IN : 0),
      valid: PER_DAY,
    })),
  ])
}
