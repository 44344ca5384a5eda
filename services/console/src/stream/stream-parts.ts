import type { HealthWatch } from '@freshet/insight'
import { randomId, systemClock, type Logger } from '@freshet/runtime'
import type { SloParts } from '../slos/slo-parts.ts'
import { latestMeasured, statusesAt } from '../slos/slo-routes.ts'
import { keepStream } from './keep-stream.ts'
import { ChangePoller, type PolledParts } from './change-poller.ts'
import { StreamHub } from './stream-hub.ts'

/** The stream of this process, and what keeps it going. */
export interface Stream {
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
