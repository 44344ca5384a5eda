import { FreshetError } from '@freshet/domain'
import {
  originalOf,
  parkedIdOf,
  QUARANTINE_TOPIC,
  type LogReader,
  type OutgoingRecord,
} from '@freshet/events'
import type { Parked } from './quarantine-store.ts'

/**
 * The bytes of a parked record, read where they stand. Who may write to the topic decides nothing:
 * what stands there counts only if it is what the name of the record says.
 *
 * @throws `broker.unavailable` while they are on their way there, `request.not-found` once the
 *   topic has let go of them, `broker.*`
 */
export async function readOriginal(
  parked: Parked,
  reader: Pick<LogReader, 'read'>,
): Promise<OutgoingRecord> {
  const { stands, partition, id } = parked
  if (stands === null) throw onTheirWay(id)
  const found = await readAt(reader, stands)
  const original = found && originalOf(found)
  if (original && parkedIdOf({ ...original, partition }) === id) return original
  throw new FreshetError('request.not-found', `The bytes of record ${id} are no longer kept.`)
}

async function readAt(
  reader: Pick<LogReader, 'read'>,
  { partition, offset }: NonNullable<Parked['stands']>,
): Promise<OutgoingRecord | undefined> {
  try {
    const [record] = await reader.read(QUARANTINE_TOPIC, partition, offset, 1)
    return record?.offset === offset ? record : undefined
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'broker.offset-lost') return undefined
    throw error
  }
}

function onTheirWay(id: string): FreshetError {
  const message = `The bytes of record ${id} are on their way to the quarantine topic.`
  return new FreshetError('broker.unavailable', message)
}
