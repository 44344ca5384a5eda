import { PARTITIONS, type Change } from '@freshet/domain'
import {
  CHANGES_TOPIC,
  changePartitions,
  encodeChange,
  encodeHeartbeat,
  signRecord,
  type ChangeEnvelope,
  type LogWriter,
  type OutgoingRecord,
  type SigningKey,
} from '@freshet/events'
import type { AcceptedPosition } from './accept-changes.ts'

/** The numbers of a source that writes to the topic itself: dense per (tenant, partition). */
export interface SourceNumbers {
  /**
   * The number of this event in this partition: a new one, the next, at the first call, and durable
   * when it resolves; the same at every later call, so that sending again changes nothing.
   */
  numberOf(tenant: string, partition: number, id: string): Promise<bigint>
  /** The last number that was given; 0 where there is none. */
  last(tenant: string, partition: number): Promise<bigint>
}

/** What a source that writes to the topic itself is made of. */
export interface DirectSourceOptions {
  readonly source: string
  /** A private key of which the registry has the public half. */
  readonly key: SigningKey
  readonly writer: LogWriter
  readonly numbers: SourceNumbers
}

/** A source that writes to the topic itself, in the same form as the gateway does for others. */
export interface DirectSource {
  /**
   * Resolves when the broker has acknowledged the record in every partition that it goes to. After
   * a rejection send it again.
   *
   * @throws `broker.*`
   */
  send(envelope: ChangeEnvelope): Promise<readonly AcceptedPosition[]>
  /**
   * Says that everything committed up to `throughMs` has been sent and acknowledged. Read the clock
   * before the end of the feed, and call this only after every `send` it covers has resolved.
   *
   * @throws `broker.*`
   */
  heartbeat(tenant: string, throughMs: number): Promise<void>
}

/** Signs and numbers the events of one source and appends them to the change topic. */
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
        await append(options, { partition, number: 0n }, record)
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
  return { partition, offset: await append(options, { partition, number }, record) }
}

async function append(
  { key, writer }: DirectSourceOptions,
  stamp: { readonly partition: number; readonly number: bigint },
  record: OutgoingRecord,
): Promise<bigint> {
  const signed = await signRecord(record, stamp, key)
  return (await writer.append(CHANGES_TOPIC, stamp.partition, [signed])).baseOffset
}
