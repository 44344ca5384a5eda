import { FreshetError } from '@freshet/protocol'
import type { LogReader, LogRecord } from '@freshet/wire'

/** The place at which a record was acknowledged. */
export interface WrittenAt {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/**
 * Returns the record at an offset where the broker once acknowledged one. Returns `undefined` if the log has
 * lost it. Then another record is the next one there, retention removed it, or the log ends before it.
 *
 * An empty answer alone proves no loss. After a change of leader the leader can hold the record and not show
 * it yet, for as long as too few replicas are in sync (KIP-966). The broker refuses only offsets beyond the
 * end of its log. So the offset behind the record decides: if the broker refuses that one, the log ends
 * before the record.
 *
 * @throws `broker.unavailable` while the leader shows less than it holds: nothing is known, so nothing is
 * allowed to continue
 */
export async function writtenRecord(
  reader: Pick<LogReader, 'read'>,
  { topic, partition, offset }: WrittenAt,
): Promise<LogRecord | undefined> {
  try {
    const [record] = await reader.read(topic, partition, offset, 1)
    if (record !== undefined) return record.offset === offset ? record : undefined
    await reader.read(topic, partition, offset + 1n, 1)
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'broker.offset-lost') return undefined
    throw error
  }
  const message = `The leader of partition ${partition} of ${topic} does not show offset ${offset} yet.`
  throw new FreshetError('broker.unavailable', message)
}
