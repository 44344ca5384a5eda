/** The console sends a ping this often on every stream (`PING_EVERY_MS` in keep-stream.ts). */
const PING_EVERY_MS = 2_000
const MISSED_PINGS_MAX = 3

/** Returns whether a silence is too long: three pings are missing. */
export function isSilentFor(ms: number): boolean {
  return ms > MISSED_PINGS_MAX * PING_EVERY_MS
}
