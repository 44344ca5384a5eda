import type { DemoChange } from './world.ts'

/** A change with everything that its source adds when it sends it. */
export interface ChangeToSend {
  readonly change: DemoChange
  readonly tenant: string
  readonly iss: string
  readonly id: string
  readonly nowMs: number
  /** The sequence number, if the source numbers its events itself. */
  readonly sequence?: string
}

/** A CloudEvent, ready to be sent. */
export interface SentEvent extends Readonly<Record<string, unknown>> {
  readonly id: string
}

/** The change as CloudEvents JSON. Milliseconds since 1970 serve as the source's version. */
export function changeEvent(sending: ChangeToSend): SentEvent {
  const { change, tenant, iss, id, nowMs, sequence } = sending
  const occurredAt = new Date(nowMs).toISOString()
  return {
    specversion: '1.0',
    id,
    source: change.source,
    type: 'dev.freshet.change.v1',
    time: occurredAt,
    datacontenttype: 'application/json',
    data: {
      tenant,
      subject: { format: 'iss_sub', iss, sub: change.subject },
      claim: change.claim,
      op: change.op,
      value: change.values,
      sourceVersion: String(nowMs),
      occurredAt,
      ...(sequence === undefined ? {} : { sequence }),
    },
  }
}
