import { invariant } from '@freshet/domain'
import type { Appended, LogWriter, OutgoingRecord } from '@freshet/events'
import { toFreshetError } from './classify.ts'
import type { ProduceRequest } from './internals.ts'
import { partitionQueue } from './partition-queue.ts'
import { leaderOf, loadTopic, type SessionOpener } from './session.ts'
import { sharedSession } from './shared-session.ts'
import { PRODUCE_TIMEOUT_MS } from './settings.ts'

const ACKS_ALL = -1

/** A writer with connections of its own. */
export interface KafkaWriter extends LogWriter {
  close(): Promise<void>
}

/**
 * Appends through one produce request per call and never sends one again by itself.
 *
 * Not idempotent and not transactional on purpose: in kafkajs 2.2.4 an idempotent producer with
 * overlapping sends can acknowledge a record that was never appended. The caller owns the retry,
 * because only it knows whether a repeat is harmless.
 */
export function kafkaWriter(open: SessionOpener): KafkaWriter {
  const sessions = sharedSession(open)
  const queue = partitionQueue()
  return {
    append(topic, partition, records) {
      return queue.run(`${topic}/${partition}`, () =>
        sessions
          .use(async (session) => {
            await loadTopic(session, topic)
            const leader = await leaderOf(session, topic, partition)
            const response = await leader.produce(produceRequest(topic, partition, records))
            return appendedOf(response.topics[0]?.partitions[0])
          })
          .catch((error: unknown) => {
            throw toFreshetError(error, `Append to ${topic}/${partition}`)
          }),
      )
    },
    close: () => sessions.close(),
  }
}

function produceRequest(
  topic: string,
  partition: number,
  records: readonly OutgoingRecord[],
): ProduceRequest {
  invariant(records.length > 0, `An append to ${topic}/${partition} must hold a record.`)
  const messages = records.map((record) => ({
    key: toBuffer(record.key),
    value: toBuffer(record.value),
    headers: Object.fromEntries(
      Object.entries(record.headers).map(([name, value]) => [name, viewOf(value)]),
    ),
  }))
  const partitions = [{ partition, firstSequence: 0, messages }]
  return { acks: ACKS_ALL, timeout: PRODUCE_TIMEOUT_MS, topicData: [{ topic, partitions }] }
}

function appendedOf(
  answer: { readonly baseOffset: string; readonly logAppendTime: string } | undefined,
): Appended {
  invariant(answer, 'A produce response must name the partition.')
  return { baseOffset: BigInt(answer.baseOffset), appendedAtMs: Number(answer.logAppendTime) }
}

function toBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : viewOf(bytes)
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
