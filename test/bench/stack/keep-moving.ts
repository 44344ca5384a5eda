import type { BenchContext } from '../scenario.ts'
import type { ChangeFeed } from './change-feed.ts'
import { moveOf, PEOPLE } from './people.ts'

const BURST_MS = 50

/** Sends changes at a constant rate until it is stopped; nearly all of them remove a value. */
export function keepMoving(
  context: BenchContext,
  feed: ChangeFeed,
  perS: number,
  onAcknowledged: (id: string) => void = () => undefined,
): { stop(): void } {
  const stop = new AbortController()
  const { signal } = stop
  const move = async (): Promise<void> => {
    const startMs = performance.now()
    for (let moved = 0; !signal.aborted; moved += 1) {
      while (moved >= ((performance.now() - startMs) / 1_000) * perS)
        await context.clock.sleep(BURST_MS)
      const n = PEOPLE + moved
      const id = `move-${n}`
      await feed.append(moveOf(n, id))
      onAcknowledged(id)
    }
  }
  move().catch((error: unknown) => context.progress(`changes stopped: ${String(error)}`))
  return { stop: () => stop.abort() }
}
