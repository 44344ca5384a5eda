import type { Timer } from '@freshet/wire'
import type { Happening } from './event-ring.ts'
import { StreamHub } from './stream-hub.ts'
import type { HealthWatch } from '@freshet/insight'
import { randomId, systemClock, type Logger } from '@freshet/runtime'
import type { SloParts } from '../console-parts.ts'
import { latestMeasured, statusesAt } from '../slos/slo-routes.ts'
import { ChangePoller, type PolledParts } from './change-poller.ts'

/** All events between two looks are sent as one: at most four times a second. */
const POLL_EVERY_MS = 250
/** A browser calls its stream lost after three missed pings (ui/src/live/silence.ts). */
const PING_EVERY_MS = 2_000

/** The parts that the stream is kept with. */
export interface StreamKeeping {
  readonly hub: StreamHub
  readonly around: {
    poll(): Promise<readonly Happening[]>
    forget(): void
    /** The verdict, if it is another one; it needs no store. */
    health(): readonly Happening[]
  }
  readonly timer: Timer
  readonly onTrouble: (error: unknown) => void
}

/** Looks for changes while a browser listens, until the signal aborts; then every stream ends. */
export async function keepStream(parts: StreamKeeping, signal: AbortSignal): Promise<void> {
  await Promise.all([keepLooking(parts, signal), keepTelling(parts, signal)])
  parts.hub.close()
}

async function keepLooking(parts: StreamKeeping, signal: AbortSignal): Promise<void> {
  const { hub, around, timer, onTrouble } = parts
  let isBlind = false
  const poll = async (): Promise<void> => {
    if (!hub.isWatched) return around.forget()
    try {
      hub.publish(await around.poll())
      isBlind = false
    } catch (error) {
      around.forget()
      // A listening browser must not take silence for “nothing changed”.
      if (!isBlind) hub.goBlind()
      if (!isBlind) onTrouble(error)
      isBlind = true
    }
  }
  while (!signal.aborted) {
    await poll()
    await timer.sleep(POLL_EVERY_MS, signal)
  }
}

/** Sends pings, and the verdict: it is in memory, and is needed most while a look hangs. */
async function keepTelling(parts: StreamKeeping, signal: AbortSignal): Promise<void> {
  const { hub, around, timer } = parts
  let pingAtMs = timer.monotonicMs() + PING_EVERY_MS
  while (!signal.aborted) {
    if (hub.isWatched) hub.send(around.health())
    if (timer.monotonicMs() >= pingAtMs) {
      hub.ping()
      pingAtMs = timer.monotonicMs() + PING_EVERY_MS
    }
    await timer.sleep(POLL_EVERY_MS, signal)
  }
}

/** The stream of this process, and what keeps it going. */
interface Stream {
  readonly hub: StreamHub
  readonly keep: (signal: AbortSignal) => Promise<void>
}

/** Wires it. */
export function streamParts(
  parts: Pick<SloParts, 'slis' | 'slos'> &
    Pick<PolledParts, 'observatory'> & {
      readonly health: Pick<HealthWatch, 'at'>
      readonly logger: Logger
    },
): Stream {
  const hub = new StreamHub(randomId())
  const nowMs = (): number => systemClock.nowMs()
  const slos = () => statusesAt(parts, nowMs())
  const measured = () => latestMeasured(parts.slis, nowMs())
  const health = () => parts.health.at(nowMs())
  const { observatory } = parts
  const around = new ChangePoller({ observatory, measured, slos, health, nowMs })
  const onTrouble = (error: unknown): void =>
    parts.logger.warn({ err: error }, 'live stream failed, will retry')
  return {
    hub,
    keep: (signal) => keepStream({ hub, around, timer: systemClock, onTrouble }, signal),
  }
}
