import { FreshetError, type Change, type SourceHeartbeat, type Subject } from '@freshet/domain'
import type { VerifyKey } from './keys.ts'
import type { LogRecord } from './log.ts'
import { proveByHeaders, proveByValue, type ProvenRecord } from './proven-record.ts'
import { readProven } from './read-proven.ts'
import { hasStampProof, type Stamp } from './stamp.ts'

/** What proves who sent a record: the gateways' MAC keys, and the public keys of each source. */
export interface Authenticity {
  /** The current key and those before it; any of them is accepted. */
  readonly macKeys: readonly Uint8Array[]
  /** Empty for a source that is not registered. */
  sourceKeys(source: string): readonly VerifyKey[]
}

/** What a record of the change topic turned out to be. */
export type Incoming =
  | IncomingChange
  | IncomingHeartbeat
  | IncomingHeartbeats
  | UnreadableRecord
  /** Nothing proves its source: it changes nothing at all. `rule` never repeats content. */
  | { readonly kind: 'unauthentic'; readonly rule: string }

/** A change that its source, or a gateway for it, vouched for. */
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
 * Proven to come from the source, yet not understood (rule 20). `subject` is there only if this
 * is a partition in which its watermarks may stand, `claim` if at least that could be read.
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
 * Reads a record of the change topic: proves its source, then its place, then parses it. Never
 * throws for data. Who may write to the topic decides nothing; a record that was moved to another
 * partition is unauthentic.
 */
export async function readIncoming(
  record: Pick<LogRecord, 'partition' | 'key' | 'value' | 'headers'>,
  keys: Authenticity,
): Promise<Incoming> {
  return incomingOf(record, keys)
}

/**
 * {@link readIncoming}, answered at once where the proof stands in the headers, as that of nearly all
 * records does: for who reads so many that a promise for each of them counts.
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

/** What nothing proves. @throws whatever else went wrong */
function unauthentic(error: unknown): Incoming {
  if (error instanceof FreshetError && error.code === 'event.unauthentic') {
    return { kind: 'unauthentic', rule: error.message }
  }
  throw error
}
