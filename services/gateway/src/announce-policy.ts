import { dispositionOf } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import type { Intake } from '@freshet/intake'
import type { Logger } from '@freshet/runtime'

const PAUSE_MS = 1_000

/** Announces the loaded policy version; waits for a broker or a database that is away. */
export async function announcePolicy(
  parts: { readonly intake: Intake; readonly hash: string; readonly logger: Logger },
  timer: Timer,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await parts.intake.activateRegistry({ hash: parts.hash })
      return
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error
      parts.logger.warn({ err: error }, 'the policy version is not announced yet')
    }
    await timer.sleep(PAUSE_MS, signal)
  }
}
