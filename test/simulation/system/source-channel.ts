import type { FreshetError } from '@freshet/domain'
import type { SourceStatus } from '@freshet/intake'
import { elementAt } from '../element.ts'
import { ask, type Asking } from './ask.ts'
import type { Door } from './gateways.ts'
import type { Entry, Journal } from './journal.ts'
import type { World } from './world.ts'

/** How a source reaches Freshet. */
export interface Channel {
  /** Sends, and tells of each entry what was answered; of those that it does not tell, nothing was. */
  send(
    batch: readonly Entry[],
    onAnswer: (entry: Entry, error?: FreshetError) => void,
  ): Promise<void>
  /** @throws what a heartbeat is refused with */
  beat(throughMs: number, told: readonly Entry[]): Promise<void>
  status(): Promise<SourceStatus | undefined>
}

/** Through the gateways. */
export function gatewayChannel(
  world: World,
  gateways: Asking<Door>,
  { tenant, source, isDense }: Journal,
): Channel {
  return {
    async send(batch, onAnswer) {
      const envelopes = batch.map(({ change }) => ({ change }))
      const answers = await ask(world, gateways, (door) => door.acceptChanges(source, envelopes))
      answers?.forEach((answer, at) =>
        onAnswer(elementAt(batch, at), answer.ok ? undefined : answer.error),
      )
    },
    async beat(throughMs, told) {
      const sequence = BigInt(told.length)
      const heartbeat = { tenant, source, throughMs, ...(isDense && { sequence }) }
      await ask(world, gateways, (door) => door.acceptHeartbeat(heartbeat))
    },
    status: () => ask(world, gateways, (door) => door.status(source, tenant)),
  }
}
