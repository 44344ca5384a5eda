import { FreshetError } from '@freshet/protocol'
import {
  originalOf,
  quarantinedIdOf,
  QUARANTINE_TOPIC,
  type LogReader,
  type OutgoingRecord,
} from '@freshet/wire'
import type { QuarantinedRecord } from './quarantine-store.ts'

/**
 * Reads the bytes of a quarantined record at its place. Write access to the topic proves nothing: the bytes
 * count only if they match the name of the record.
 *
 * @throws `broker.unavailable` until the bytes are in the topic, `request.not-found` once the
 *   topic has removed them, `broker.*`
 */
export async function readOriginal(
  quarantined: QuarantinedRecord,
  reader: Pick<LogReader, 'read'>,
): Promise<OutgoingRecord> {
  const { stands, partition, id } = quarantined
  if (stands === null) throw onTheirWay(id)
  const found = await readAt(reader, stands)
  const original = found && originalOf(found)
  if (original && quarantinedIdOf({ ...original, partition }) === id) return original
  throw new FreshetError('request.not-found', `The bytes of record ${id} are no longer kept.`)
}

async function readAt(
  reader: Pick<LogReader, 'read'>,
  { partition, offset }: NonNullable<QuarantinedRecord['stands']>,
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
