import { setInterval as every } from 'node:timers/promises'
import type { Registry } from '@freshet/protocol'
import type { Feed, Intake } from '@freshet/intake'

const EVERY_MS = 1_000

/** The tenant, and the sources that are silent now. */
interface Beating {
  readonly tenant: string
  readonly silent: ReadonlySet<string>
}

/** Sends the heartbeats of all sources of a registry, but of silent ones, until the signal aborts. */
export async function keepHeartbeats(
  intake: Intake,
  registry: Registry,
  { tenant, silent }: Beating,
  signal: AbortSignal,
): Promise<void> {
  await beatAll(intake, registry, { tenant, silent })
  try {
    for await (const _ of every(EVERY_MS, undefined, { signal })) {
      await beatAll(intake, registry, { tenant, silent })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function beatAll(
  intake: Intake,
  registry: Registry,
  { tenant, silent }: Beating,
): Promise<void> {
  for (const source of registry.sources.values()) {
    if (silent.has(source.id)) continue
    // The clock is read before the end of the feed is asked for.
    const throughMs = Date.now()
    const sequence =
      source.ordering === 'dense' ? await lastOf(intake, { source: source.id, tenant }) : undefined
    const heartbeat = { tenant, source: source.id, throughMs }
    await intake.acceptHeartbeat(sequence === undefined ? heartbeat : { ...heartbeat, sequence })
  }
}

async function lastOf(intake: Intake, feed: Feed): Promise<bigint> {
  return ((await intake.nextSequence(feed)) ?? 1n) - 1n
}
