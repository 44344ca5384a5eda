import type { FreshetError } from '@freshet/protocol'
import type { SourceStatus } from '@freshet/intake'
import { elementAt } from '../element.ts'
import { ask, type Asking } from './ask.ts'
import type { GatewayCalls } from './gateways.ts'
import type { Entry, Journal } from './journal.ts'
import type { World } from './world.ts'

/** The entries of a source in another tenant. */
export interface TenantEntries {
  readonly tenant: string
  readonly entries: readonly Entry[]
}

/** The connection of a source to Freshet. */
export interface Channel {
  /** Sends entries, and calls back with the answer of each; an entry without a call had no answer. */
  send(
    batch: readonly Entry[],
    onAnswer: (entry: Entry, error?: FreshetError) => void,
  ): Promise<void>
  /**
   * Sends a heartbeat. Through a gateway `others` go with it, in one heartbeat for many tenants. Returns the
   * errors of those that were refused.
   *
   * @throws the error that refuses the heartbeat
   */
  sendHeartbeat(
    throughMs: number,
    entries: readonly Entry[],
    others: readonly TenantEntries[],
  ): Promise<readonly FreshetError[]>
  status(): Promise<SourceStatus | undefined>
}

/** Returns the channel through the gateways. */
export function gatewayChannel(
  world: World,
  gateways: Asking<GatewayCalls>,
  { tenant, source, isDense }: Journal,
): Channel {
  return {
    async send(batch, onAnswer) {
      const envelopes = batch.map(({ change }) => ({ change }))
      const answers = await ask(world, gateways, (gateway) =>
        gateway.acceptChanges(source, envelopes),
      )
      answers?.forEach((answer, at) =>
        onAnswer(elementAt(batch, at), answer.ok ? undefined : answer.error),
      )
    },
    async sendHeartbeat(throughMs, entries, others) {
      const tenants = [{ tenant, entries }, ...others].map((each) => {
        return { tenant: each.tenant, ...(isDense && { sequence: BigInt(each.entries.length) }) }
      })
      const [alone] = tenants
      if (alone !== undefined && tenants.length === 1) {
        const heartbeat = { ...alone, source, throughMs }
        await ask(world, gateways, (gateway) => gateway.acceptHeartbeat(heartbeat))
        return []
      }
      world.note('heartbeat for many tenants')
      const answers = await ask(world, gateways, (gateway) =>
        gateway.acceptHeartbeats({ source, throughMs, tenants }),
      )
      return (answers ?? []).flatMap((answer) => (answer.ok ? [] : [answer.error]))
    },
    status: () => ask(world, gateways, (gateway) => gateway.status(source, tenant)),
  }
}
