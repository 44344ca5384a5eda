import { FreshetError, type Change, type SourceHeartbeat, type Subject } from '@freshet/protocol'
import type { VerifyKey } from '../keys/keys.ts'
import type { LogRecord } from '../log/log.ts'
import { proveByHeaders, proveByValue, type ProvenRecord } from './proven-record.ts'
import { readProven } from './read-proven.ts'
import { hasStampProof, type Stamp } from './stamp.ts'

/** The keys that prove the sender of a record: the gateways' MAC keys, and the public keys of each source. */
export interface Authenticity {
  /** The current key and the earlier ones; each of them is accepted. */
  readonly macKeys: readonly Uint8Array[]
  /** Empty for a source that is not registered. */
  sourceKeys(source: string): readonly VerifyKey[]
}

/** The result of reading a record of the change topic. */
export type Incoming =
  | IncomingChange
  | IncomingHeartbeat
  | IncomingHeartbeats
  | UnreadableRecord
  /** No proof of the source is valid: the record changes nothing at all. `rule` never repeats content. */
  | { readonly kind: 'unauthentic'; readonly rule: string }

/** A change that its source signed, or that a gateway stamped for it. */
export interface IncomingChange {
  readonly kind: 'change'
  readonly change: Change
  readonly stamp: Stamp
  readonly contentHash: string
  readonly traceparent?: string
}

/** A source's heartbeat for this partition. */
export interface IncomingHeartbeat {
  readonly kind: 'heartbeat'
  readonly heartbeat: SourceHeartbeat
}

/** A source's heartbeat for this partition and many tenants. */
export interface IncomingHeartbeats {
  readonly kind: 'heartbeats'
  readonly heartbeats: readonly SourceHeartbeat[]
}

/**
 * A record that provably comes from the source, but cannot be read (rule 20). `subject` is present only if
 * its watermarks can be in this partition. `claim` is present if at least that could be read.
 */
export interface UnreadableRecord {
  readonly kind: 'unreadable'
  readonly tenant?: string
  readonly source: string
  readonly id?: string
  readonly subject?: Subject
  readonly claim?: string
  readonly stamp: Stamp
  readonly contentHash: string
  readonly rule: string
}

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
