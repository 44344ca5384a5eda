import { changePartitions, PARTITIONS, type Change } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  encodeChange,
  encodeHeartbeat,
  signRecord,
  type ChangeEnvelope,
  type LogWriter,
  type OutgoingRecord,
  type SigningKey,
} from '@freshet/wire'
import type { AcceptedPosition } from '../changes/accept-changes.ts'
import { checkAppended } from '../heartbeats/accept-heartbeat.ts'

/** The numbers of a source that writes to the topic itself, without gaps in each tenant and partition. */
export interface SourceNumbers {
  /**
   * Returns the number of this event in this partition. The first call assigns the next number, which is
   * durable when the call resolves. Every later call returns the same number, so sending the event again
   * changes nothing.
   */
  numberOf(tenant: string, partition: number, id: string): Promise<bigint>
  /** The last assigned number, or 0 if there is none. */
  last(tenant: string, partition: number): Promise<bigint>
}

/** The options of a source that writes to the topic itself. */
export interface DirectSourceOptions {
  readonly source: string
  /** The private key. The registry has the public half. */
  readonly key: SigningKey
  readonly writer: LogWriter
  readonly numbers: SourceNumbers
}

/**
 * A source that writes to the topic itself, in the same form in which the gateway writes for other sources.
 */
export interface DirectSource {
  /**
   * Resolves when the broker has acknowledged the record in every partition of the change. After a rejection,
   * send it again.
   *
   * @throws `broker.*`
   */
  send(envelope: ChangeEnvelope): Promise<readonly AcceptedPosition[]>
  /**
   * Appends a heartbeat: everything committed up to `throughMs` has been sent and acknowledged. Read the
   * clock before the end of the feed. Call this only after every `send` that it covers has resolved.
   *
   * @throws `broker.*`; `event.malformed` if the time is ahead of the broker, so that the heartbeat does not count
   */
  heartbeat(tenant: string, throughMs: number): Promise<void>
}

/** Creates a source that signs and numbers its events and appends them to the change topic. */
export function createDirectSource(options: DirectSourceOptions): DirectSource {
  const { source } = options
  return {
    send: ({ change, traceparent }) => {
      const record = encodeChange(change, traceparent === undefined ? {} : { traceparent })
      return Promise.all(
        changePartitions(change).map((partition) => send(options, change, { partition, record })),
      )
    },
    heartbeat: async (tenant, throughMs) => {
      const appends = PARTITIONS.map(async (partition) => {
        const last = await options.numbers.last(tenant, partition)
        const record = encodeHeartbeat({ kind: 'heartbeat', tenant, source, throughMs, last })
        const { appendedAtMs } = await append(options, { partition, number: 0n }, record)
        checkAppended(throughMs, appendedAtMs)
      })
      await Promise.all(appends)
    },
  }
}

async function send(
  options: DirectSourceOptions,
  { tenant, id }: Change,
  { partition, record }: { readonly partition: number; readonly record: OutgoingRecord },
): Promise<AcceptedPosition> {
  const number = await options.numbers.numberOf(tenant, partition, id)
  const { baseOffset } = await append(options, { partition, number }, record)
  return { partition, offset: baseOffset }
}

async function append(
  { key, writer }: DirectSourceOptions,
  stamp: { readonly partition: number; readonly number: bigint },
  record: OutgoingRecord,
): ReturnType<LogWriter['append']> {
  return writer.append(CHANGES_TOPIC, stamp.partition, [await signRecord(record, stamp, key)])
}
