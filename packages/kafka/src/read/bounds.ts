import { FreshetError } from '@freshet/protocol'
import type { PartitionBounds } from '@freshet/wire'
import { requireLeaders } from '../client/leaders.ts'
import type { BrokerSession } from '../client/session.ts'

/**
 * Returns the first and the next offset of the given partitions of a loaded topic.
 *
 * @throws `broker.unavailable` naming the partitions without a leader
 */
export async function boundsOf(
  session: BrokerSession,
  topic: string,
  partitions: readonly number[],
): Promise<readonly PartitionBounds[]> {
  await requireLeaders(session, topic, partitions)
  const list = (fromBeginning: boolean): Promise<ReadonlyMap<number, bigint>> =>
    listOffsets(session, topic, { partitions, fromBeginning })
  // The client asks for the earliest offset first, so `end` can never be below it.
  const earliest = await list(true)
  const end = await list(false)
  return partitions.map((partition) => ({
    partition,
    earliest: offsetOf(earliest, topic, partition),
    end: offsetOf(end, topic, partition),
  }))
}

async function listOffsets(
  session: BrokerSession,
  topic: string,
  query: { readonly partitions: readonly number[]; readonly fromBeginning: boolean },
): Promise<ReadonlyMap<number, bigint>> {
  const partitions = query.partitions.map((partition) => ({ partition }))
  const { fromBeginning } = query
  const answer = await session.cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning }])
  return new Map(answer[0]?.partitions.map((part) => [part.partition, BigInt(part.offset)]))
}

function offsetOf(offsets: ReadonlyMap<number, bigint>, topic: string, partition: number): bigint {
  const offset = offsets.get(partition)
  if (offset === undefined) {
    throw new FreshetError(
      'broker.unavailable',
      `No broker returned the offsets of ${topic}/${partition}.`,
    )
  }
  return offset
}
