/** The accepted difference between the wall clocks of a source and of ours, in milliseconds (rule 16). */
export const CLOCK_TOLERANCE_MS = 2_000

/**
 * Returns the latest `through` that counts in a record with this time of append by the broker. A later one comes from
 * a wrong clock.
 */
export function latestThroughMs(appendedAtMs: number): number {
  return appendedAtMs + CLOCK_TOLERANCE_MS
}

/**
 * Returns whether a source's silence still counts as “nothing changed”:
 * `wall − lease ≤ through ≤ wall + tolerance` (rule 16). A `through` in the future comes from a wrong clock
 * and proves nothing.
 */
export function isWithinLease(
  throughMs: number | null | undefined,
  leaseMs: number,
  wallMs: number,
): boolean {
  if (throughMs === null || throughMs === undefined) return false
  return wallMs - leaseMs <= throughMs && throughMs <= wallMs + CLOCK_TOLERANCE_MS
}
