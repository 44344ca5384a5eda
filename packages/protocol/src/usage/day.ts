const DAY_MS = 86_400_000

/** The day of a time, as days since 1970 in UTC. */
export function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS)
}

/** The begin of a day, in milliseconds since 1970. */
export function startOfDay(day: number): number {
  return day * DAY_MS
}
