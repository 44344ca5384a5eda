/** How far the wall clocks of a source and of ours may differ (rule 16). */
export const CLOCK_TOLERANCE_MS = 2_000

/**
 * Whether a source's silence still counts as quiet: `wall − lease ≤ through ≤ wall + tolerance`
 * (rule 16). A `through` of the future is the word of a wrong clock and proves nothing.
 */
export function isWithinLease(
  throughMs: number | null | undefined,
  leaseMs: number,
  wallMs: number,
): boolean {
  if (throughMs === null || throughMs === undefined) return false
  return wallMs - leaseMs <= throughMs && throughMs <= wallMs + CLOCK_TOLERANCE_MS
}
