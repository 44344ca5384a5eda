import { FreshetError, type CheckpointRef } from '@freshet/domain'
import { readCheckpoint, REVOCATIONS_TOPIC, type LogReader } from '@freshet/events'

/**
 * Whether a stored head still stands where it was acknowledged (rules 30 and 44). A topic that was
 * made anew, or that lost its tail, holds another record there, or none.
 */
export async function isIntact(
  reader: LogReader,
  partition: number,
  head: CheckpointRef,
): Promise<boolean> {
  try {
    const [record] = await reader.read(REVOCATIONS_TOPIC, partition, head.offset, 1)
    if (record?.offset !== head.offset) return false
    return readCheckpoint(record)?.hash === head.hash
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'broker.offset-lost') return false
    throw error
  }
}
