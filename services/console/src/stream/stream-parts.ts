import { randomId, systemClock, type Logger } from '@freshet/runtime'
import type { SloParts } from '../slos/slo-parts.ts'
import { latestMeasured, statusesAt } from '../slos/slo-routes.ts'
import { keepStream } from './keep-stream.ts'
import { LookAround, type LookedAt } from './look-around.ts'
import { StreamHub } from './stream-hub.ts'

/** The stream of this process, and what keeps it going. */
export interface Stream {
  readonly hub: StreamHub
  readonly keep: (signal: AbortSignal) => Promise<void>
}

/** Wires it. */
export function streamParts(
  parts: Pick<SloParts, 'slis' | 'slos'> &
    Pick<LookedAt, 'observatory'> & { readonly logger: Logger },
): Stream {
  const hub = new StreamHub(randomId())
  const nowMs = (): number => systemClock.nowMs()
  const slos = () => statusesAt(parts, nowMs())
  const measured = () => latestMeasured(parts.slis, nowMs())
  const around = new LookAround({ observatory: parts.observatory, measured, slos, nowMs })
  const onTrouble = (error: unknown): void =>
    parts.logger.warn({ err: error }, 'live stream failed, will retry')
  return {
    hub,
    keep: (signal) => keepStream({ hub, around, timer: systemClock, onTrouble }, signal),
  }
}
