import { FreshetError } from '@freshet/protocol'
import { ConnectionEpoch, pauseMs, type ConnectionParts } from './connection-epoch.ts'

/** The share of the lease after which a superseded process takes over from one that went silent. */
const TAKEOVER_SHARE = 1 / 2

/**
 * Keeps Freshet equal to an upstream system until the signal aborts. Events are only hints: a subject that one names is
 * read, and its state is sent. A comparison finds what no event announced. A heartbeat states the time up to which the
 * upstream system was read empty, so a lease counts from the commit there.
 *
 * Several processes can run one connection. The one with the newest epoch works. The others wait until the source is
 * silent for half of its lease.
 *
 * @throws errors that no later try resolves, such as `event.forbidden`
 */
export async function runConnection(parts: ConnectionParts, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      await runEpoch(parts, signal)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof FreshetError)) throw error
      if (error.code === 'event.superseded') {
        parts.onEvent({ kind: 'superseded' })
        await awaitSilence(parts, signal)
      } else if (error.disposition === 'retry' || error.code === 'limit.reached') {
        parts.onEvent({ kind: 'failed', error, work: 'epoch' })
        await parts.timer.sleep(pauseMs(failures), signal)
        failures += 1
      } else throw error
    }
  }
}

async function awaitSilence(
  { freshet, timer, leaseMs, heartbeatMs }: ConnectionParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await timer.sleep(heartbeatMs, signal)
    const throughMs = await freshet.throughMs(signal).catch(() => timer.nowMs())
    if (timer.nowMs() - (throughMs ?? 0) > leaseMs * TAKEOVER_SHARE + heartbeatMs) return
  }
}

async function runEpoch(parts: ConnectionParts, outer: AbortSignal): Promise<void> {
  const ending = new AbortController()
  const signal = AbortSignal.any([outer, ending.signal])
  const begun = await parts.freshet.beginEpoch(signal)
  parts.onEvent({ kind: 'began', epoch: begun.epoch })
  const epoch = new ConnectionEpoch(parts, begun.epoch, signal)
  const loops = [
    epoch.followHints(begun.cursor),
    epoch.readPending(),
    epoch.compareRegularly(begun.cursor),
    epoch.sendHeartbeats(),
  ]
  try {
    await Promise.all(loops)
  } finally {
    ending.abort()
    await Promise.allSettled(loops)
  }
}
