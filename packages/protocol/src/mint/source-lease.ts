/** The accepted difference between the wall clocks of a source and of ours, in milliseconds (rule 16). */
export const CLOCK_TOLERANCE_MS = 2_000

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
