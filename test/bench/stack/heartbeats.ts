import { setTimeout as sleep } from 'node:timers/promises'
import { OWN_SOURCE, type Registry, type Source } from '@freshet/protocol'
import type { Intake } from '@freshet/intake'
import type { BenchContext } from '../scenario.ts'

/**
 * Sends heartbeats for every source of the registry at its declared interval, by a clock of its own and until
 * the scenario ends. A source that numbers its events itself has sent none. Resolves after the first round.
 *
 * @throws the error that refuses the first round; later errors wait for the next round
 */
export async function keepHeartbeats(
  context: BenchContext,
  intake: Intake,
  { registry, tenant }: { readonly registry: Registry; readonly tenant: string },
): Promise<void> {
  const sources = [...registry.sources.values()].filter(({ id }) => id !== OWN_SOURCE)
  const say = ({ id: source, ordering }: Source): Promise<unknown> =>
    intake.acceptHeartbeat({
      tenant,
      source,
      throughMs: Date.now(),
      ...(ordering === 'dense' ? { sequence: 0n } : {}),
    })
  for (const source of sources) await say(source)
  const stop = new AbortController()
  const running = sources.map(async (source, n) => {
    // Sources do not know of each other, so their heartbeats are spread.
    await pause((source.heartbeatMs * n) / sources.length, stop.signal)
    while (!stop.signal.aborted) {
      await say(source).catch(() => undefined)
      await pause(source.heartbeatMs, stop.signal)
    }
  })
  context.defer(async () => {
    stop.abort()
    await Promise.all(running)
  })
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}
