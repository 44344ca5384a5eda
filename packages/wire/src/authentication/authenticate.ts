import { FreshetError } from '@freshet/protocol'
import type { LogRecord } from '../log/log.ts'
import type { Authenticity } from './authenticity.ts'
import type { Incoming } from './incoming.ts'
import { proveByHeaders, proveByValue, type ProvenRecord } from './proven-record.ts'
import { readProven } from './read-proven.ts'
import { hasStampProof } from './stamp.ts'

/**
 * Reads a record of the change topic: it proves the source, then the place, and then parses the record. It
 * never throws for data. Write access to the topic proves nothing. A record that was moved to another
 * partition is unauthentic.
 */
export async function readIncoming(
  record: Pick<LogRecord, 'partition' | 'key' | 'value' | 'headers'>,
  keys: Authenticity,
): Promise<Incoming> {
  return incomingOf(record, keys)
}

/**
 * Reads as {@link readIncoming} does, and answers at once if the proof is in the headers, as for nearly all
 * records. It is for callers that read so many records that a promise for each of them costs time.
 */
export function incomingOf(
  record: Pick<LogRecord, 'partition' | 'key' | 'value' | 'headers'>,
  keys: Authenticity,
): Incoming | Promise<Incoming> {
  if (!hasStampProof(record.headers)) return readByValue(record, keys)
  let proven: ProvenRecord
  try {
    proven = proveByHeaders(record, keys)
  } catch (error) {
    return unauthentic(error)
  }
  return readAt(record.partition, proven)
}

async function readByValue(
  record: Pick<LogRecord, 'partition' | 'key' | 'value' | 'headers'>,
  keys: Authenticity,
): Promise<Incoming> {
  let proven: ProvenRecord
  try {
    proven = await proveByValue(record, keys)
  } catch (error) {
    return unauthentic(error)
  }
  return readAt(record.partition, proven)
}

function readAt(partition: number, proven: ProvenRecord): Incoming {
  if (proven.stamp.partition !== partition) {
    return { kind: 'unauthentic', rule: 'the stamp is for another partition' }
  }
  return readProven(proven)
}

/** Turns the error of a failed proof into the result. @throws every other error */
function unauthentic(error: unknown): Incoming {
  if (error instanceof FreshetError && error.code === 'event.unauthentic') {
    return { kind: 'unauthentic', rule: error.message }
  }
  throw error
}
