import { setTimeout as sleep } from 'node:timers/promises'
import { OWN_SOURCE, type Registry } from '@freshet/domain'
import type { Intake } from '@freshet/intake'
import type { BenchContext } from '../scenario.ts'

const EVERY_MS = 1_000

/**
 * Every source of the registry says once a second, until the scenario ends, that it has told all.
 * A source that numbers its events itself has sent none. Resolves after the first round.
 *
 * @throws what the first round is refused with; later ones are left to the next
 */
export async function keepHeartbeats(
  context: BenchContext,
  intake: Intake,
  { registry, tenant }: { readonly registry: Registry; readonly tenant: string },
): Promise<void> {
  const sources = [...registry.sources.values()].filter(({ id }) => id !== OWN_SOURCE)
  const round = async (): Promise<void> => {
    const throughMs = Date.now()
    for (const { id: source, ordering } of sources)
      await intake.acceptHeartbeat({
        tenant,
        source,
        throughMs,
        ...(ordering === 'dense' ? { sequence: 0n } : {}),
      })
  }
  await round()
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      await sleep(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined)
      if (!stop.signal.aborted) await round().catch(() => undefined)
    }
  })()
  context.defer(() => {
    stop.abort()
    return running
  })
}
