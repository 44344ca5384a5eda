import type { LogReader, Timer } from '@freshet/wire'
import type { Observatory } from '@freshet/insight'

const AGAIN_AFTER_MS = 1_000

/** Follows the edges' reports until the signal aborts; it logs errors and tries again. */
export async function keepReports(
  parts: {
    readonly observatory: Observatory
    readonly reader: LogReader
    readonly timer: Timer
    readonly onTrouble: (error: unknown) => void
  },
  signal: AbortSignal,
): Promise<void> {
  const { observatory, reader, timer, onTrouble } = parts
  while (!signal.aborted) {
    await observatory.followReports(reader, signal).catch(onTrouble)
    await timer.sleep(AGAIN_AFTER_MS, signal)
  }
}
